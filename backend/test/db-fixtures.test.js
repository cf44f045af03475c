import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
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
 * @returns {(...args: string[]) => import("./dbScripts.js").Ran}
 */
function listing(t) {
  const importing = new Importing(t);
  importing.import("fixtures.csv", FILE);
  return (...args) => run("db-fixtures", "--db", importing.database, ...args);
}

test("matches to come are listed with id, UTC kick-off, league and teams, the next first", (t) => {
  const { code, stdout } = listing(t)("--upcoming");
  assert.equal(code, 0);
  const [header, ...lines] = stdout.trim().split("\n");
  assert.match(header, /^fixture +kick-off \(UTC\) +league +home +away +status +score +odds$/);
  assert.match(lines[0], /^\d+ +2090-12-28 15:00 +England Premier League +Luton +Arsenal +NS$/);
  assert.equal(lines.length, 4);
});

test("a team is found by a part of its name, whatever case and accents, and by another spelling", (t) => {
  const list = listing(t);
  for (const name of ["almeria", "ALMERÍA", "ath mad", "Atlético de Madrid"])
    assert.match(list("--team", name).stdout, /Ath Madrid +Almería/, name);
});

test("a whole name means that team alone", (t) => {
  const list = listing(t);
  assert.equal(JSON.parse(list("--team", "chester", "--json").stdout).length, 1);
  assert.match(list("--team", "Chesterfield").stdout, /Chester +Chesterfield/);
});

test("a played match is listed with its score", (t) => {
  assert.match(listing(t)("--team", "Arsenal").stdout, /2023-08-12 14:00 +England Premier League +Arsenal +Luton +FT +4-1/);
});

test("a league is found with its country, and narrowed to the matches to come", (t) => {
  const [fixture, ...others] = JSON.parse(listing(t)("--league", "england premier", "--upcoming", "--json").stdout);
  assert.equal(others.length, 0);
  assert.deepEqual(
    [fixture.league, fixture.country, fixture.home_team, fixture.goals_home, fixture.date],
    ["Premier League", "England", "Luton", null, "2090-12-28T15:00:00+00:00"],
  );
  assert.ok(Number.isInteger(fixture.fixture_id));
});

test("--limit takes those nearest to now", (t) => {
  assert.deepEqual(JSON.parse(listing(t)("--upcoming", "--limit", "1", "--json").stdout).length, 1);
});

test("a limit beyond all numbers of the database's takes all", (t) => {
  assert.deepEqual(JSON.parse(listing(t)("--upcoming", "--limit", "99999999999999999999", "--json").stdout).length, 4);
});

for (const option of ["--upcoming", "--help"]) {
  test(`a reader that closes early is no fault with ${option}`, async (t) => {
    const importing = new Importing(t);
    importing.import("fixtures.csv", FILE);
    const child = spawn(process.execPath, [scriptPath("db-fixtures"), option, "--db", importing.database]);
    child.stdout.destroy();
    const said = text(child.stderr);
    const [code] = await once(child, "close");
    assert.deepEqual([code, await said], [0, ""]);
  });
}

test("a name that is not there is answered with the nearest", (t) => {
  const { code, stderr } = listing(t)("--team", "Asenal");
  assert.equal(code, 1);
  assert.match(stderr, /^db:fixtures: there is no team "Asenal"; nearest: Arsenal, [^\n]*\n$/);
});

test("a wrong command line and a missing database are answered in one line", (t) => {
  const list = listing(t);
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
  test(`without --db it is the database that the service reads, DB_PATH, which may be ${how}`, (t) => {
    const importing = new Importing(t);
    importing.import("fixtures.csv", FILE);
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
