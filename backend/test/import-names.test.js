import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { clubName, teamKey } from "../src/import/aliases.js";
import { closeDatabase, openDatabase } from "../src/db/schema.js";
import { Importing } from "./dbScripts.js";

const MAIN = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR";
const EXTRA = "Country,League,Season,Date,Time,Home,Away,HG,AG,Res";

/** @type {{ clubs: Record<string, Record<string, string[]>>, leagues: Record<string, Record<string, string[]>> }} */
const TABLE = JSON.parse(readFileSync(new URL("../src/import/aliases.json", import.meta.url), "utf8"));

/**
 * @param {Importing} importing
 * @returns {unknown[]} numbers of leagues, teams and fixtures
 */
function sizes(importing) {
  const [row] = importing.rows(
    "SELECT (SELECT COUNT(*) FROM V3_Leagues), (SELECT COUNT(*) FROM V3_Teams), (SELECT COUNT(*) FROM V3_Fixtures)",
  );
  return row;
}

/**
 * A season in which every club receives every other, a round a week.
 * @param {string[]} clubs an even number
 * @returns {{ day: string, home: string, away: string, score: [number, number] }[]}
 */
function season(clubs) {
  const size = clubs.length;
  const rounds = Array.from({ length: 2 * (size - 1) }, (_, round) => round);
  return rounds.flatMap((round) => {
    const turning = [...clubs.slice(1)];
    const order = [clubs[0], ...turning.map((_, i) => turning[(i + round) % (size - 1)])];
    const day = new Date(Date.UTC(2022, 2, 5 + 7 * round)).toISOString().slice(0, 10).split("-").reverse().join("/");
    return Array.from({ length: size / 2 }, (_, i) => {
      const pair = [order[i], order[size - 1 - i]];
      const [home, away] = round < size - 1 ? pair : pair.reverse();
      return { day, home, away, score: /** @type {[number, number]} */ ([(round * 7 + i * 3) % 4, (round + i * 5) % 3]) };
    });
  });
}

/**
 * @param {ReturnType<typeof season>} matches
 * @param {{ country?: string, league?: string, names?: Record<string, string> }} [written]
 * @returns {string[]} lines of an extra file
 */
function extra(matches, { country = "Ruritania", league = "First League", names = {} } = {}) {
  return matches.map(
    ({ day, home, away, score: [hg, ag] }) =>
      `${country},${league},2022,${day},18:00,${names[home] ?? home},${names[away] ?? away},${hg},${ag},${hg > ag ? "H" : hg < ag ? "A" : "D"}`,
  );
}

test("no spelling belongs to two clubs or leagues of a country", () => {
  for (const part of [TABLE.clubs, TABLE.leagues])
    for (const [country, names] of Object.entries(part)) {
      const spellings = Object.entries(names).flatMap(([usual, others]) => [usual, ...others].map(clubName));
      assert.equal(new Set(spellings).size, spellings.length, country);
    }
});

test("the table has clubs of all 27 countries of the site", () => {
  assert.equal(Object.keys(TABLE.clubs).length, 27);
});

const RESPELT = /** @type {const} */ ([
  ["SP1", "Atl. Madrid", "Ath Madrid", "Malaga"],
  ["SP1", "Dep. A Coruna", "La Coruna", "Malaga"],
  ["E2", "Oxford Utd", "Oxford", "Barnsley"],
  ["E2", "Cambridge Utd", "Cambridge", "Barnsley"],
  ["E0", "Nottingham", "Nott'm Forest", "Everton"],
  ["D1", "B. Monchengladbach", "M'gladbach", "Augsburg"],
  ["B1", "Royale Union SG", "St. Gilloise", "Genk"],
  ["E0", "Town Utd", "Town United", "Everton"],
]);

for (const [division, spelling, usual, opponent] of RESPELT) {
  test(`a fixture of ${spelling} is the match of ${usual} that the season file has`, async (t) => {
    const importing = new Importing(t);
    await importing.import("fixtures.csv", [MAIN.slice(0, 34), `${division},19/08/2026,20:00,${spelling},${opponent}`]);
    await importing.import(`${division}.csv`, [MAIN, `${division},19/08/2026,20:00,${usual},${opponent},2,0,H`]);
    assert.deepEqual(sizes(importing), [1, 2, 1]);
    assert.deepEqual(importing.rows("SELECT status_short, goals_home FROM V3_Fixtures"), [["FT", 2]]);
  });
}

test("a spelling in no table is the club that the season file has in its match", async (t) => {
  const importing = new Importing(t);
  await importing.import("SP1.csv", [MAIN, "SP1,12/08/2026,20:00,Alpha Albion,Gamma,1,1,D"]);
  await importing.import("fixtures.csv", [MAIN.slice(0, 34), "SP1,19/08/2026,20:00,Beta,Alph. Alb.", "SP1,19/08/2026,20:00,Gamma,Delta"]);
  const { stdout } = await importing.import("SP1.csv", [MAIN, "SP1,19/08/2026,20:00,Beta,Alpha Albion,2,0,H"]);
  assert.match(stdout, /Alph\. Alb\., known from a list of fixtures alone, is Alpha Albion/);
  assert.match(stdout, /mended of earlier imports: 1 club name/);
  assert.deepEqual(
    importing.fixtures().map(([, home, away, status]) => [home, away, status]),
    [
      ["Alpha Albion", "Gamma", "FT"],
      ["Beta", "Alpha Albion", "FT"],
      ["Gamma", "Delta", "NS"],
    ],
  );
});

test("a likely respelling is named in the summary", async (t) => {
  const importing = new Importing(t);
  const clubs = ["Ath Zorrilla", "Beta", "Gamma", "Delta", "Epsilon", "Zeta"];
  await importing.import(
    "SP1.csv",
    [MAIN, ...season(clubs).map(({ day, home, away }) => `SP1,${day.replace("2022", "2026")},20:00,${home},${away},1,1,D`)].slice(0, 16),
  );
  const { stdout } = await importing.import("fixtures.csv", [
    MAIN,
    "SP1,20/06/2026,20:00,Atl. Zorrilla,Delta,,,",
    "SP1,20/06/2026,20:00,Beta,Gamma,,,",
    "SP1,20/06/2026,20:00,Epsilon,Zeta,,,",
  ]);
  assert.match(stdout, /Atl\. Zorrilla is new in Spain La Liga, where Ath Zorrilla has no match in this file/);
});

test("a likely respelling of a promoted club is named too", async (t) => {
  const importing = new Importing(t);
  await importing.import("SP1.csv", [MAIN, "SP1,10/03/2026,20:00,Beta,Gamma,1,0,H"]);
  await importing.import("SP2.csv", [MAIN, "SP2,10/03/2026,20:00,La Zorrilla,Delta,1,0,H"]);
  const { stdout } = await importing.import("fixtures.csv", [MAIN, "SP1,19/08/2026,20:00,Beta,Dep. A Zorrilla,,,"]);
  assert.match(stdout, /Dep\. A Zorrilla is new in Spain La Liga, where La Zorrilla has no match in this file/);
});

test("a new club is not suspected for the name of one that the file has", async (t) => {
  const importing = new Importing(t);
  await importing.import("SP1.csv", [MAIN, "SP1,10/03/2026,20:00,Zorrilla,Gamma,1,0,H"]);
  const { stdout } = await importing.import("fixtures.csv", [
    MAIN,
    "SP1,19/08/2026,20:00,Zorrilla B,Gamma,,,",
    "SP1,26/08/2026,20:00,Gamma,Zorrilla,,,",
  ]);
  assert.doesNotMatch(stdout, /is new in/);
});

const RENAMED = /** @type {const} */ ([
  ["Romania,Liga 1,2023/2024,14/07/2023,19:30,Alpha,Beta,2,0,H", "Liga 1", "Superliga"],
  ["Argentina,Primera Division,2018,14/07/2018,19:30,Alpha,Beta,2,0,H", "Primera Division", "Liga Profesional"],
  ["Japan,J-League,2018,14/07/2018,19:30,Alpha,Beta,2,0,H", "J-League", "J1 League"],
  ["Austria,Tipico Bundesliga,2018/2019,14/09/2018,19:30,Alpha,Beta,2,0,H", "Tipico Bundesliga", "Bundesliga"],
  ["Ruritania,Old League,2018/2019,14/09/2018,19:30,Alpha,Beta,2,0,H", "Old League", "New League"],
  ["USA,MLS,2018,04/03/2018,22:00,Vancouver Whitecaps,Montreal Impact,2,1,H", "Montreal Impact", "CF Montreal"],
  ["USA,MLS,2018,04/03/2018,22:00,Vancouver Whitecaps,Atlanta United,2,1,H", "Atlanta United", "Atlanta Utd"],
  ["Austria,Bundesliga,2018/2019,14/09/2018,19:30,Rapid Vienna,Ried,2,0,H", "Rapid Vienna", "SK Rapid"],
  ["Mexico,Liga MX,2018/2019,14/09/2018,19:30,Tigres UANL,Toluca,2,0,H", "Tigres UANL", "U.A.N.L.- Tigres"],
  ["Romania,Superliga,2014/2015,14/09/2014,19:30,FC Steaua Bucuresti,Astra,2,0,H", "FC Steaua Bucuresti", "FCSB"],
  ["Romania,Superliga,2014/2015,14/09/2014,19:30,FC Viitorul,Astra,2,0,H", "FC Viitorul", "Farul Constanta"],
  ["China,Super League,2018,14/09/2018,12:30,Shanghai SIPG,Shandong Luneng,2,0,H", "Shanghai SIPG", "Shanghai Port"],
  ["China,Super League,2018,14/09/2018,12:30,Shanghai SIPG,Shandong Luneng,2,0,H", "Shandong Luneng", "Shandong Taishan"],
  ["Japan,J1 League,2018,14/07/2018,10:00,Kashima,Urawa,2,0,H", "Kashima,Urawa", "Kashima Antlers,Urawa Reds"],
  ["Russia,Premier League,2014/2015,14/09/2014,15:30,T. Moscow,Krylya Sovetov,2,0,H", "T. Moscow", "Torpedo Moscow"],
  ["Ruritania,First League,2018,14/09/2018,19:30,Alpha,Beta,2,0,H", "Beta", "Gamma Sport"],
]);

for (const [row, before, after] of RENAMED) {
  for (const [first, second] of [
    [before, after],
    [after, before],
  ]) {
    test(`a match of ${first} that a later copy has as ${second} is one match`, async (t) => {
      const importing = new Importing(t);
      for (const name of [first, second]) await importing.import("copy.csv", [EXTRA, row.replace(before, name)]);
      assert.deepEqual(sizes(importing), [1, 2, 1]);
    });
  }
}

const CLUBS = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta", "Theta"];
const NEW_NAMES = { Alpha: "Sporting", Beta: "Olympia", Gamma: "Union", Delta: "Racing", Epsilon: "Victoria" };

test("clubs and leagues of names in no table are known by their schedules, whichever copy comes first", async (t) => {
  const matches = season(CLUBS);
  const old = extra(matches.slice(0, 40));
  const newest = extra(matches, { league: "Sponsor League", names: NEW_NAMES });
  const alone = new Importing(t);
  await alone.import("RUR.csv", [EXTRA, ...newest]);
  for (const order of [
    [old, newest],
    [newest, old],
    [newest, old, newest],
  ]) {
    const importing = new Importing(t);
    for (const lines of order) await importing.import("RUR.csv", [EXTRA, ...lines]);
    assert.deepEqual(importing.fixtures(), alone.fixtures());
    assert.deepEqual(importing.rows("SELECT name FROM V3_Leagues"), [["Sponsor League"]]);
  }
});

test("an older copy takes back no correction of a newer one, and adds what that lacks", async (t) => {
  const matches = season(CLUBS);
  const lines = extra(matches);
  const corrected = lines.map((line, i) => (i === 0 ? line.replace(/,\d,\d,[HDA]$/, ",9,0,H") : line));
  const older = [EXTRA, "Ruritania,First League,2021,05/03/2021,18:00,Alpha,Beta,1,0,H", ...lines.slice(0, 40)];
  const importing = new Importing(t);
  await importing.import("RUR.csv", [EXTRA, ...corrected]);
  const { stdout } = await importing.import("RUR.csv", older);
  assert.match(stdout, /1 new, 0 updated, 40 unchanged/);
  assert.deepEqual(importing.rows("SELECT MAX(goals_home) FROM V3_Fixtures"), [[9]]);
});

test("clubs that play the same day to the same score against others stay apart", async (t) => {
  const importing = new Importing(t);
  const rows = (/** @type {string} */ home, /** @type {string} */ away) =>
    ["03", "04", "05"].map((month) => `Ruritania,First League,2022,05/${month}/2022,18:00,${home},${away},1,0,H`);
  await importing.import("a.csv", [EXTRA, ...rows("Alpha", "Beta"), ...rows("Gamma", "Delta")]);
  await importing.import("b.csv", [EXTRA, ...rows("Sporting", "Olympia"), ...rows("Gamma", "Delta"), ...rows("Alpha", "Beta")]);
  assert.deepEqual(sizes(importing), [1, 6, 9]);
});

test("two leagues that one file names stay two, though they share a match day", async (t) => {
  const importing = new Importing(t);
  const file = [
    EXTRA,
    "Argentina,Liga Profesional,2024,05/03/2024,18:00,Boca Juniors,River Plate,1,0,H",
    "Argentina,Copa De La Liga Profesional,2024,12/05/2024,18:00,Boca Juniors,River Plate,1,0,H",
  ];
  for (let copy = 0; copy < 2; copy += 1) await importing.import("ARG.csv", file);
  assert.deepEqual(sizes(importing), [2, 2, 2]);
});

test("a club that was renamed within a file goes on with its past", () => {
  for (const [country, before, after] of [
    ["China", "Guangzhou Evergrande", "Guangzhou FC"],
    ["China", "Guangzhou R&F", "Guangzhou City"],
    ["China", "Dalian Yifang", "Dalian Pro"],
    ["China", "Hangzhou", "Zhejiang"],
    ["Romania", "Viitorul", "Farul"],
    ["Sweden", "Osters", "Oster"],
    ["Poland", "Ruch", "Ruch Chorzow"],
    ["Poland", "Plock", "Wisla Plock"],
    ["Brazil", "Atletico-PR", "Athletico-PR"],
    ["Russia", "Zenit Petersburg", "Zenit"],
  ])
    assert.equal(teamKey(country, before), teamKey(country, after));
});

test("clubs that only sound alike are two", () => {
  for (const [country, one, other] of [
    ["Spain", "Ath Madrid", "Ath Bilbao"],
    ["Spain", "La Coruna", "Alaves"],
    ["England", "Wimbledon", "AFC Wimbledon"],
    ["England", "Oxford", "Oxford City"],
    ["France", "Bastia", "CA Bastia"],
    ["Germany", "FC Koln", "F Koln"],
    ["Brazil", "Atletico-MG", "Athletico-PR"],
    ["Romania", "Univ. Craiova", "U Craiova 1948"],
    ["Argentina", "Independiente", "Ind. Rivadavia"],
    ["Russia", "Pari NN", "Volga N. Novgorod"],
    ["China", "Tianjin Teda", "Tianjin Quanjian"],
    ["Mexico", "Monarcas", "Mazatlan FC"],
  ])
    assert.notEqual(teamKey(country, one), teamKey(country, other));
});

/** What an import with a smaller table of spellings left behind. */
const DOUBLED = `
  INSERT INTO V3_Countries (name) VALUES ('Romania');
  INSERT INTO V3_Leagues (api_id, name, country_id) VALUES (-1, 'Liga 1', 1), (-2, 'Superliga', 1), (283, 'Liga I', 1);
  INSERT INTO V3_Teams (api_id, name, country) VALUES (-1, 'FC Steaua Bucuresti', 'Romania'), (-2, 'Astra', 'Romania'), (-3, 'FCSB', 'Romania');
  INSERT INTO V3_Fixtures (api_id, league_id, season_year, date, timestamp, status_short, home_team_id, away_team_id, goals_home, goals_away, has_odds)
    VALUES (-1, 1, 2014, '2014-09-14T18:30:00+00:00', 1410719400, 'FT', 1, 2, 2, 0, 0),
           (-2, 2, 2014, '2014-09-14T18:30:00+00:00', 1410719400, 'FT', 3, 2, 2, 0, 1);
  INSERT INTO V3_League_Seasons (league_id, season_year) VALUES (1, 2014), (2, 2014);
  INSERT INTO V3_Odds (fixture_id, bookmaker_id, market_id, value_home_over, updated_at) VALUES (1, -1, 1, 1.5, '2014-09-14T18:29:00+00:00'),
    (2, -1, 1, 1.5, '2014-09-14T18:29:00+00:00'), (2, 4, 1, 1.6, '2014-09-14T18:29:00+00:00')`;

test("leagues, clubs and fixtures that an earlier import doubled are mended by the next one, and API-Football's are left alone", async (t) => {
  const importing = new Importing(t);
  const db = openDatabase(importing.database);
  db.exec(DOUBLED);
  db.exec("CREATE TABLE favourites (favourite INTEGER REFERENCES V3_Teams (team_id)); INSERT INTO favourites VALUES (1), (3)");
  closeDatabase(db);
  const { stdout } = await importing.import("ROU.csv", [EXTRA, "Romania,Superliga,2014/2015,14/09/2014,19:30,FCSB,Astra,2,0,H"]);
  assert.match(stdout, /mended of earlier imports: 1 league name, 1 club name, 1 doubled fixture/);
  assert.deepEqual(importing.rows("SELECT name FROM V3_Leagues ORDER BY league_id"), [["Superliga"], ["Liga I"]]);
  assert.deepEqual(importing.fixtures(), [["2014-09-14", "FCSB", "Astra", "FT", 2, 0]]);
  assert.deepEqual(importing.rows("SELECT fixture_id, bookmaker_id FROM V3_Odds ORDER BY 2"), [
    [1, -1],
    [1, 4],
  ]);
  assert.deepEqual(importing.rows("SELECT COUNT(*), COUNT(name) FROM favourites LEFT JOIN V3_Teams ON team_id = favourite"), [[2, 2]]);
  assert.doesNotMatch((await importing.import("ROU.csv", [EXTRA])).stdout, /mended/);
});

test("closing prices that stood a day before kick-off move to the last minute", async (t) => {
  const importing = new Importing(t);
  const header = `${EXTRA},PSCH,PSCD,PSCA`;
  const row = "Brazil,Serie A,2012,19/05/2012,22:30,Alpha,Beta,1,1,D,1.75,3.86,5.25";
  await importing.import("BRA.csv", [header, row]);
  const db = openDatabase(importing.database);
  db.exec(`UPDATE V3_Odds_History SET capture_timestamp = '2012-05-18T21:30:00+00:00';
    UPDATE V3_Odds SET updated_at = '2012-05-18T21:30:00+00:00'`);
  closeDatabase(db);
  const { stdout } = await importing.import("BRA.csv", [header, row]);
  assert.match(stdout, /mended of earlier imports: 1 capture time\n/);
  const times = importing.rows("SELECT capture_timestamp FROM V3_Odds_History UNION ALL SELECT updated_at FROM V3_Odds");
  assert.deepEqual(times, [["2012-05-19T21:29:00+00:00"], ["2012-05-19T21:29:00+00:00"]]);
});

for (const isBoth of [true, false]) {
  test(`a league that an earlier import called by its file's name is mended${isBoth ? ", also where the right one is there" : ""}`, async (t) => {
    const importing = new Importing(t);
    const row = "23/02/2024,05:00,Alpha,Beta,2,0,H";
    await importing.import("old.csv", [MAIN, `JPN,${row}`]);
    if (isBoth) await importing.import("other.csv", [EXTRA, "Japan,J1 League,2024,01/03/2024,05:00,Gamma,Delta,1,0,H"]);
    await importing.import("JPN.csv", [EXTRA, `Japan,J1 League,2024,${row}`]);
    assert.deepEqual(importing.rows("SELECT name FROM V3_Leagues"), [["J1 League"]]);
    assert.equal(importing.fixtures().length, isBoth ? 2 : 1);
  });
}

test("a status that an earlier import took wrong is mended", async (t) => {
  const importing = new Importing(t);
  const file = [`${MAIN},HTHG,HTAG,HTR`, "F2,05/12/2025,19:00,Alpha,Beta,,,,0,3,A"];
  await importing.import("F2.csv", file);
  const db = openDatabase(importing.database);
  db.exec(
    "UPDATE V3_Fixtures SET status_short = 'NS', status_long = 'Not Started', score_halftime_home = NULL, score_halftime_away = NULL",
  );
  closeDatabase(db);
  assert.match((await importing.import("F2.csv", file)).stdout, /mended of earlier imports: 1 status\n/);
  assert.deepEqual(importing.rows("SELECT status_short FROM V3_Fixtures"), [["ABD"]]);
});
