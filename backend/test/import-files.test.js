import assert from "node:assert/strict";
import { test } from "node:test";
import { Importing } from "./dbScripts.js";

const HEADER = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,HS,AS,HST,AST,HF,AF,HC,AC,HY,AY,HR,AR";
const BURNLEY = "E0,11/08/2023,20:00,Burnley,Man City,0,3,A,0,2,6,17,1,8,11,8,6,5,0,0,1,0";
const ARSENAL = "E0,12/08/2023,12:30,Arsenal,Nott'm Forest,2,1,H,2,0,15,6,7,2,12,12,8,3,2,2,0,0";

test("a finished match is stored with its score, its half-time and its statistics", async (t) => {
  const importing = new Importing(t);
  const { code, stdout } = await importing.import("E0.csv", [HEADER, BURNLEY]);
  assert.equal(code, 0);
  assert.match(stdout, /1 new, 0 updated, 0 unchanged, 0 refused/);
  const [fixture] = importing.rows(`SELECT season_year, status_short, status_long, elapsed, goals_home, goals_away, score_halftime_home,
    score_halftime_away, score_fulltime_home, score_fulltime_away, has_odds FROM V3_Fixtures`);
  assert.deepEqual(fixture, [2023, "FT", "Match Finished", 90, 0, 3, 0, 2, 0, 3, 0]);
  const stats = importing.rows(`SELECT name, half, shots_total, shots_on_goal, fouls, corner_kicks, yellow_cards, red_cards, shots_off_goal
    FROM V3_Fixture_Stats JOIN V3_Teams USING (team_id) ORDER BY name`);
  assert.deepEqual(stats, [
    ["Burnley", "FT", 6, 1, 11, 6, 0, 1, null],
    ["Man City", "FT", 17, 8, 8, 5, 0, 0, null],
  ]);
});

test("a league is stored with its name, its country and its seasons", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [HEADER, BURNLEY, ARSENAL]);
  const leagues = importing.rows("SELECT l.name, c.name, type FROM V3_Leagues l JOIN V3_Countries c USING (country_id)");
  assert.deepEqual(leagues, [["Premier League", "England", "League"]]);
  const seasons = importing.rows("SELECT season_year, start_date, end_date, is_current FROM V3_League_Seasons");
  assert.deepEqual(seasons, [[2023, "2023-08-11", "2023-08-12", 1]]);
});

test("a season that begins in a later year is not the current one", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [HEADER, BURNLEY, "E0,28/12/2099,15:00,Arsenal,Leeds,,"]);
  await importing.import("SP1.csv", [HEADER, "SP1,28/12/2099,15:00,Betis,Elche,,"]);
  const seasons = importing.rows(
    "SELECT name, season_year, is_current FROM V3_League_Seasons JOIN V3_Leagues USING (league_id) ORDER BY 1, 2",
  );
  assert.deepEqual(seasons, [
    ["La Liga", 2099, 0],
    ["Premier League", 2023, 1],
    ["Premier League", 2099, 0],
  ]);
});

test("a result of today is taken", async (t) => {
  const importing = new Importing(t);
  const { stdout } = await importing.import("E0.csv", [HEADER, `E0,${new Date().toISOString().slice(0, 10)},,Arsenal,Wolves,2,0,H`]);
  assert.match(stdout, /1 new, 0 updated, 0 unchanged, 0 refused/);
});

test("UK local time is stored in UTC, in summer and in winter", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [HEADER, ARSENAL, "E0,30/12/2023,12:30,Luton,Chelsea,2,3,A"]);
  assert.deepEqual(importing.rows("SELECT date, timestamp FROM V3_Fixtures ORDER BY date"), [
    ["2023-08-12T11:30:00+00:00", 1691839800],
    ["2023-12-30T12:30:00+00:00", 1703939400],
  ]);
});

test("a day without an hour is stored as 00:00 UTC without a timestamp", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR", "E0,14/08/1993,Arsenal,Coventry,0,3,A"]);
  assert.deepEqual(importing.rows("SELECT date, timestamp FROM V3_Fixtures"), [["1993-08-14T00:00:00+00:00", null]]);
});

test("years of two and of four digits are read", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [
    "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG",
    "E0,14/08/93,Arsenal,Coventry,0,3",
    "E0,15/08/1993,Leeds,Wolves,1,1",
  ]);
  await importing.import("2.csv", ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "E0,13/08/05,Wigan,Chelsea,0,1"]);
  assert.deepEqual(
    importing.fixtures().map(([day]) => day),
    ["1993-08-14", "1993-08-15", "2005-08-13"],
  );
});

test("a byte order mark, latin-1, Windows line ends and quotes are read", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", `\ufeff${HEADER}\r\n${BURNLEY}\r\n`);
  await importing.import("D1.csv", Buffer.from('Div,Date,HomeTeam,AwayTeam,FTHG,FTAG\nD1,18/08/2023,"Köln, 1. FC",Lübeck,1,2\n', "latin1"));
  assert.deepEqual(importing.fixtures(), [
    ["2023-08-11", "Burnley", "Man City", "FT", 0, 3],
    ["2023-08-18", "Köln, 1. FC", "Lübeck", "FT", 1, 2],
  ]);
});

test("blank rows, short rows, long rows and a header that comes again are taken as they are meant", async (t) => {
  const importing = new Importing(t);
  const { code, stdout } = await importing.import("E0.csv", [
    HEADER,
    "",
    ",,,,,,",
    BURNLEY,
    HEADER,
    "E0,12/08/2023,,Luton,Fulham,1,1",
    `${ARSENAL},,,,`,
  ]);
  assert.equal(code, 0);
  assert.match(stdout, /3 rows read.*\n.*3 new.* 0 refused/);
});

test("a row without a result is a match to come", async (t) => {
  const importing = new Importing(t);
  await importing.import("fixtures.csv", [
    "Div,Date,Time,HomeTeam,AwayTeam,Referee",
    "E0,28/12/2030,15:00,Arsenal,Leeds,",
    "SP1,29/12/2030,20:00,Betis,Elche,",
  ]);
  assert.deepEqual(importing.fixtures(), [
    ["2030-12-28", "Arsenal", "Leeds", "NS", null, null],
    ["2030-12-29", "Betis", "Elche", "NS", null, null],
  ]);
});

test("the extra leagues bring their country, league and season with them", async (t) => {
  const importing = new Importing(t);
  await importing.import("new/AUT.csv", [
    "Country,League,Season,Date,Time,Home,Away,HG,AG,Res,PH,PD,PA",
    "Austria,Bundesliga,2012/2013,21/07/2012,15:00,Salzburg,Sturm Graz,2,0,H,1.5,4,6.5",
    "Austria,Bundesliga,2013/2014,20/07/2013,17:30,Austria Vienna,Ried,,,,,,",
  ]);
  await importing.import("new/BRA.csv", [
    "Country,League,Season,Date,Time,Home,Away,HG,AG,Res",
    "Brazil,Serie A,2024,13/04/2024,22:30,Santos,Flamengo RJ,1,1,D",
  ]);
  const found = importing.rows(
    "SELECT c.name, l.name, season_year, date FROM V3_Fixtures JOIN V3_Leagues l USING (league_id) JOIN V3_Countries c USING (country_id) ORDER BY date",
  );
  assert.deepEqual(found, [
    ["Austria", "Bundesliga", 2012, "2012-07-21T14:00:00+00:00"],
    ["Austria", "Bundesliga", 2013, "2013-07-20T16:30:00+00:00"],
    ["Brazil", "Serie A", 2024, "2024-04-13T21:30:00+00:00"],
  ]);
});

test("a division that is not known becomes a league of that name", async (t) => {
  const importing = new Importing(t);
  await importing.import("XX1.csv", ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "XX1,03/09/2023,Alpha,Beta,1,0"]);
  await importing.import("D3.csv", ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "D3,03/09/2023,Essen,Aue,1,0"]);
  await importing.import("NOR.csv", ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "NOR,03/09/2023,Brann,Molde,1,0"]);
  const leagues = importing.rows("SELECT l.name, c.name FROM V3_Leagues l JOIN V3_Countries c USING (country_id) ORDER BY l.name");
  assert.deepEqual(leagues, [
    ["D3", "Germany"],
    ["NOR", "Norway"],
    ["XX1", "XX"],
  ]);
});

test("another spelling of a team is the same team", async (t) => {
  const importing = new Importing(t);
  const header = "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG";
  await importing.import("E0.csv", [header, "E0,12/08/2023,Nott'm Forest,Man United,1,0"]);
  const { stdout } = await importing.import("E0b.csv", [
    header,
    "E0,12/08/2023,Nottingham Forest,Manchester United,1,0",
    "E0,19/08/2023,Man Utd,Luton,1,1",
  ]);
  assert.match(stdout, /1 new, 0 updated, 1 unchanged/);
  assert.deepEqual(importing.rows("SELECT name FROM V3_Teams ORDER BY name"), [["Luton"], ["Man United"], ["Nott'm Forest"]]);
});

test("teams of one name in different countries are different teams", async (t) => {
  const importing = new Importing(t);
  const header = "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG";
  await importing.import("a.csv", [header, "E0,12/08/2023,Arsenal,Everton,1,0", "SP1,12/08/2023,Arsenal,Betis,1,0"]);
  assert.deepEqual(importing.rows("SELECT country FROM V3_Teams WHERE name = 'Arsenal' ORDER BY country"), [["England"], ["Spain"]]);
});

test("rows that make no sense are refused with file, line and reason, and the others taken", async (t) => {
  const importing = new Importing(t);
  const { code, stdout } = await importing.import("2023-24/E0.csv", [
    HEADER,
    BURNLEY,
    "E0,31/02/2024,,Luton,Fulham,1,1",
    "E0,,,Luton,Fulham,1,1",
    "E0,12/08/2023,,,Fulham,1,1",
    "E0,12/08/2023,,Luton,Luton,1,1",
    "E0,12/08/2023,,Luton,Fulham,-1,1",
    "E0,12/08/2023,,Luton,Fulham,99,1",
    "E0,12/08/2023,,Luton,Fulham,1,",
    "E0,12/08/2023,,Luton,Fulham,2,1,D",
    "E0,11/08/2023,20:00,Burnley,Man City,0,3,A",
    "E0,12/08/2023,,Man United,Manchester United,1,1",
    "E0,17/08/2092,,Arsenal,Wolves,2,0,H",
  ]);
  assert.equal(code, 0);
  assert.deepEqual(importing.fixtures(), [["2023-08-11", "Burnley", "Man City", "FT", 0, 3]]);
  const refused = stdout
    .split("rows refused:\n")[1]
    .trim()
    .split("\n")
    .map((line) => line.trim());
  assert.deepEqual(refused, [
    "2023-24/E0.csv:3  31/02/2024 is no date",
    "2023-24/E0.csv:4  the date is missing",
    "2023-24/E0.csv:5  a team is missing",
    "2023-24/E0.csv:6  Luton cannot play itself",
    "2023-24/E0.csv:7  -1 goals are impossible",
    "2023-24/E0.csv:8  99 goals are impossible",
    "2023-24/E0.csv:9  only one side's goals are given",
    "2023-24/E0.csv:10  2-1 is no D",
    "2023-24/E0.csv:12  Man United cannot play itself",
    "2023-24/E0.csv:13  a result of 17/08/2092, which is yet to come",
    "2023-24/E0.csv:11  the same match as line 2",
  ]);
});

test("values that make no sense are left out of their row, with file, line and reason", async (t) => {
  const importing = new Importing(t);
  const { stdout } = await importing.import("E0.csv", [
    "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,HTHG,HTAG,HS,AS,B365H,B365D,B365A,WHH,WHD,WHA,LBH,LBD,LBA",
    "E0,12/08/2023,25:00,Luton,Fulham,1,1,2,0,-4,9,1.0,3,3,2.5,,2.9,abc,3,3",
  ]);
  for (const reason of [
    "25:00 is no time of day",
    "2-0 at half-time of a 1-1 is impossible",
    "HS of -4 is no count",
    "B365H of 1.0 is no price",
    "WHD is missing from its set of prices",
    "LBH of abc is no price",
  ]) {
    assert.ok(stdout.includes(`E0.csv:2  ${reason}`), reason);
  }
  assert.deepEqual(importing.rows("SELECT timestamp, score_halftime_home, has_odds FROM V3_Fixtures"), [[null, null, 0]]);
  assert.deepEqual(importing.rows("SELECT shots_total FROM V3_Fixture_Stats ORDER BY id"), [[null], [9]]);
});

const BROKEN = /** @type {const} */ ([
  [
    "bytes that are no text",
    [HEADER, BURNLEY, "E0,12/08/2023,\u0000\u0001,Luton,Fulham,1,1"].join("\n"),
    /line 3 holds bytes that are not text/,
  ],
  ["a quote that never closes", [HEADER, BURNLEY, 'E0,12/08/2023,,"Luton,Fulham,1,1'].join("\n"), /line 3 opens a quote that never closes/],
  ["an end in the middle of a line", [HEADER, BURNLEY, "E0,12/08/2023,,Luton,Ful"].join("\n"), /ends in the middle of line 3/],
  ["no header", `${BURNLEY}\n${ARSENAL}\n`, /no header of football-data.co.uk/],
  ["nothing in it", "", /is empty/],
]);

for (const [fault, content, reason] of BROKEN) {
  test(`a file with ${fault} changes nothing, and the other files are taken`, (t) => {
    const importing = new Importing(t);
    importing.file("files/B1.csv", ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "B1,12/08/2023,Genk,Eupen,2,0"]);
    importing.file("files/E0.csv", content);
    importing.file("files/F1.csv", ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "F1,12/08/2023,Nice,Lille,1,1"]);
    const ran = importing.importFolder("files");
    assert.equal(ran.code, 1);
    assert.match(ran.stdout, reason);
    assert.deepEqual(
      importing.fixtures().map(([, home]) => home),
      ["Genk", "Nice"],
    );
  });
}
