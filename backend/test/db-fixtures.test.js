import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { closeDatabase, openDatabase } from "../src/db/schema.js";
import { Importing, run, runWith, scriptPath } from "./dbScripts.js";

const FILE = [
  "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG",
  "E0,12/08/2023,15:00,Arsenal,Luton,4,1",
  "E0,28/12/2090,15:00,Luton,Arsenal,,",
  "E2,28/12/2090,15:00,Chester,Chesterfield,,",
  "SP1,29/12/2090,21:00,Ath Madrid,Almería,,",
  "SC0,30/12/2090,15:00,Hearts,Hibernian,,",
];

/**
 * @param {import("node:test").TestContext} t
 * @returns {Promise<(...args: string[]) => import("./dbScripts.js").Ran>}
 */
async function listing(t) {
  const importing = new Importing(t);
  await importing.import("fixtures.csv", FILE);
  return (...args) => run("db-fixtures", "--db", importing.database, ...args);
}

test("matches to come are listed with id, UTC kick-off, league and teams, the next first", async (t) => {
  const { code, stdout } = (await listing(t))("--upcoming");
  assert.equal(code, 0);
  const [header, ...lines] = stdout.trim().split("\n");
  assert.match(header, /^fixture +kick-off \(UTC\) +league +home +away +status +score +odds$/);
  assert.match(lines[0], /^\d+ +2090-12-28 15:00 +England Premier League +Luton +Arsenal +NS$/);
  assert.equal(lines.length, 4);
});

test("a team is found by a part of its name, whatever case and accents, and by another spelling", async (t) => {
  const list = await listing(t);
  for (const name of ["almeria", "ALMERÍA", "ath mad", "Atlético de Madrid"])
    assert.match(list("--team", name).stdout, /Ath Madrid +Almería/, name);
});

test("a whole name means that team alone", async (t) => {
  const list = await listing(t);
  assert.equal(JSON.parse(list("--team", "chester", "--json").stdout).length, 1);
  assert.match(list("--team", "Chesterfield").stdout, /Chester +Chesterfield/);
});

test("a played match is listed with its score", async (t) => {
  assert.match((await listing(t))("--team", "Arsenal").stdout, /2023-08-12 14:00 +England Premier League +Arsenal +Luton +FT +4-1/);
});

test("a league is found with its country, and narrowed to the matches to come", async (t) => {
  const [fixture, ...others] = JSON.parse((await listing(t))("--league", "england premier", "--upcoming", "--json").stdout);
  assert.equal(others.length, 0);
  assert.deepEqual(
    [fixture.league, fixture.country, fixture.home_team, fixture.goals_home, fixture.date],
    ["Premier League", "England", "Luton", null, "2090-12-28T15:00:00+00:00"],
  );
  assert.ok(Number.isInteger(fixture.fixture_id));
});

test("a match of a day gone by that has no result is not to come", async (t) => {
  const importing = new Importing(t);
  const header = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,HTR";
  await importing.import("F2.csv", [header, "F2,05/12/2025,19:00,Alpha,Beta,,,,0,3,A", "F2,06/12/2025,19:00,Gamma,Delta,,,,,,"]);
  const { code, stdout, stderr } = run("db-fixtures", "--db", importing.database, "--upcoming");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /no match to come is known/);
});

test("a match of today whose hour is not known is to come", async (t) => {
  const importing = new Importing(t);
  await importing.import("fixtures.csv", ["Div,Date,HomeTeam,AwayTeam", `E0,${new Date().toISOString().slice(0, 10)},Alpha,Beta`]);
  assert.match(run("db-fixtures", "--db", importing.database, "--upcoming").stdout, /Alpha +Beta +NS/);
});

/** Leagues of one name, one of them with no match, as API-Football's are before their fixtures come. */
const SAME_NAMES = `INSERT INTO V3_Countries (name) VALUES ('Egypt');
  INSERT INTO V3_Leagues (api_id, name, country_id) SELECT 233, 'Premier League', country_id FROM V3_Countries WHERE name = 'Egypt'`;

/**
 * @param {import("node:test").TestContext} t
 * @returns {Promise<(...args: string[]) => import("./dbScripts.js").Ran>}
 */
async function listingLeagues(t) {
  const importing = new Importing(t);
  await importing.import("fixtures.csv", FILE);
  await importing.import("RUS.csv", [
    "Country,League,Season,Date,Time,Home,Away,HG,AG,Res",
    "Russia,Premier League,2014/2015,14/09/2014,15:30,Zenit,Ural,2,0,H",
    "Ruritania,First League,2022/2023,14/09/2022,15:30,Alpha,Beta,2,0,H",
    "Ruritania,First League,2024/2025,14/09/2024,15:30,Alpha,Beta,2,0,H",
  ]);
  const db = openDatabase(importing.database);
  db.exec(SAME_NAMES);
  closeDatabase(db);
  return (...args) => run("db-fixtures", "--db", importing.database, ...args);
}

test("--leagues lists country, id, matches, first and last season, leagues with matches first", async (t) => {
  const list = await listingLeagues(t);
  const [header, ...lines] = list("--leagues").stdout.trim().split("\n");
  assert.match(header, /^id +country +league +matches +first season +last season$/);
  assert.match(lines[0], /^\d+ +England +League One +1 +2090 +2090$/);
  assert.match(lines[2], /^\d+ +Ruritania +First League +2 +2022 +2024$/);
  assert.match(lines.at(-1) ?? "", /^\d+ +Egypt +Premier League +0$/);
  const [first] = JSON.parse(list("--leagues", "--json").stdout);
  assert.deepEqual(Object.keys(first), ["league_id", "country", "league", "matches", "first_season", "last_season"]);
});

for (const name of ["Russia Premier League", "premier league russia", "Premier Liga Russia"]) {
  test(`a league is known as ${name}`, async (t) => {
    const fixtures = JSON.parse((await listingLeagues(t))("--league", name, "--json").stdout);
    assert.deepEqual(
      fixtures.map((/** @type {{ home_team: string }} */ { home_team }) => home_team),
      ["Zenit"],
    );
  });
}

test("a name of several leagues is answered with those that have matches, their countries, ids and numbers of matches", async (t) => {
  const list = await listingLeagues(t);
  const { code, stderr } = list("--league", "premier league");
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^db:fixtures: "premier league" is the name of 2 leagues: England Premier League \(id \d+, 2 matches\), Russia Premier League \(id \d+, 1 match\); give the country too, or the id\n$/,
  );
  const id = /Russia Premier League \(id (\d+)/.exec(stderr)?.[1] ?? "";
  assert.match(list("--league", id).stdout, /Zenit +Ural/);
});

for (const name of ["Luton England", "england luton", "Luton Town England"]) {
  test(`a team is known as ${name}`, async (t) => {
    assert.match((await listing(t))("--team", name).stdout, /Luton +Arsenal/);
  });
}

test("--limit takes those nearest to now", async (t) => {
  assert.deepEqual(JSON.parse((await listing(t))("--upcoming", "--limit", "1", "--json").stdout).length, 1);
});

test("a limit beyond all numbers of the database's takes all", async (t) => {
  assert.deepEqual(JSON.parse((await listing(t))("--upcoming", "--limit", "99999999999999999999", "--json").stdout).length, 4);
});

for (const option of ["--upcoming", "--help"]) {
  test(`a reader that closes early is no fault with ${option}`, async (t) => {
    const importing = new Importing(t);
    await importing.import("fixtures.csv", FILE);
    const child = spawn(process.execPath, [scriptPath("db-fixtures"), option, "--db", importing.database]);
    child.stdout.destroy();
    const said = text(child.stderr);
    const [code] = await once(child, "close");
    assert.deepEqual([code, await said], [0, ""]);
  });
}

test("a name that is not there is answered with the nearest", async (t) => {
  const { code, stderr } = (await listing(t))("--team", "Asenal");
  assert.equal(code, 1);
  assert.match(stderr, /^db:fixtures: there is no team "Asenal"; nearest: Arsenal, [^\n]*\n$/);
});

test("a wrong command line and a missing database are answered in one line", async (t) => {
  const list = await listing(t);
  for (const args of [[], ["--limit", "0", "--upcoming"], ["--nope"]]) {
    const { code, stderr } = list(...args);
    assert.equal(code, 2);
    assert.match(stderr, /^db:fixtures: [^\n]*\n$/);
  }
  const { code, stderr } = run("db-fixtures", "--upcoming", "--db", "/nowhere/at/all.sqlite");
  assert.equal(code, 1);
  assert.match(stderr, /^db:fixtures: there is no database [^\n]*; npm run db:demo or npm run db:import makes one\n$/);
});

for (const [how, named] of Object.entries({ "a path": "", "a path in the home folder": "~" })) {
  test(`without --db it is the database that the service reads, DB_PATH, which may be ${how}`, async (t) => {
    const importing = new Importing(t);
    await importing.import("fixtures.csv", FILE);
    const settings = { HOME: importing.folder, DB_PATH: `${named || importing.folder}/database.sqlite` };
    assert.match(runWith(settings, "db-fixtures", "--team", "Luton").stdout, /Luton +Arsenal/);
  });
}

test("an import without --db goes where the service reads, DB_PATH", (t) => {
  const importing = new Importing(t);
  const { code } = runWith({ DB_PATH: importing.database }, "db-import", importing.file("fixtures.csv", FILE));
  assert.equal(code, 0);
  assert.equal(importing.fixtures().length, 5);
});
