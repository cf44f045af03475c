import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../src/db/schema.js";
import { Importing } from "./dbScripts.js";

const HEADER = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,HS,AS,AvgH,AvgD,AvgA";
const ORDINARY = Array.from({ length: 8 }, (_, i) => `T1,${11 + i}/02/2023,17:00,H${i + 10},A${i + 10},2,1,H,1,0,14,9,1.8,3.4,4.2`);
const STATUS =
  "SELECT status_short, status_long, goals_home, goals_away FROM V3_Fixtures f JOIN V3_Teams ON team_id = home_team_id WHERE name = 'H1'";

/**
 * @param {import("node:test").TestContext} t
 * @param {string} row
 * @param {string[]} others
 */
async function statusOf(t, row, others = ORDINARY) {
  const importing = new Importing(t);
  const { stdout } = await importing.import("T1.csv", [HEADER, ...others, row]);
  return { status: importing.rows(STATUS)[0]?.[0], stdout, importing };
}

test("a walkover, without half-time score, figures and prices in a file that has them, is awarded, and the summary says so", async (t) => {
  const { importing, stdout } = await statusOf(t, "T1,20/02/2023,17:00,H1,A2,3,0,H,,,,,,,,");
  assert.deepEqual(importing.rows(STATUS), [["AWD", "Technical Loss", 3, 0]]);
  assert.match(stdout, /T1\.csv:10  H1 v A2 3-0 has no half-time score, unlike the others: awarded/);
});

const VERDICTS = /** @type {[string, string, string][]} */ ([
  ["a 0-3 walkover", "0,3,A,,,,,,,", "AWD"],
  ["an expelled club's 0-1", "0,1,A,,,,,,,", "AWD"],
  ["a 2-0 of nothing else", "2,0,H,,,,,,,", "AWD"],
  ["a priced 3-0 without half-time score and figures", "3,0,H,,,,,1.8,3.4,4.2", "AWD"],
  ["a priced 5-0 without half-time score and figures", "5,0,H,,,,,1.8,3.4,4.2", "AWD"],
  ["a priced 0-1 without half-time score and figures", "0,1,A,,,,,1.8,3.4,4.2", "AWD"],
  ["a 0-3 with figures, without half-time score", "0,3,A,,,14,9,1.8,3.4,4.2", "AWD"],
  ["a 1-0 with figures and prices, without half-time score", "1,0,H,,,14,9,1.8,3.4,4.2", "FT"],
  ["a 2-1 of nothing else", "2,1,H,,,,,,,", "FT"],
  ["a 3-0 with everything", "3,0,H,1,0,14,9,1.8,3.4,4.2", "FT"],
  ["a 3-0 without prices", "3,0,H,1,0,14,9,,,", "FT"],
  ["a 3-0 without figures", "3,0,H,1,0,,,1.8,3.4,4.2", "FT"],
]);

for (const [what, cells, status] of VERDICTS) {
  test(`${what} is ${status}`, async (t) => assert.equal((await statusOf(t, `T1,20/02/2023,17:00,H1,A2,${cells}`)).status, status));
}

test("a match won to nil that may just lack its half-time score is named, and taken as played", async (t) => {
  const { stdout } = await statusOf(t, "T1,20/02/2023,17:00,H1,A2,1,0,H,,,14,9,1.8,3.4,4.2");
  assert.match(stdout, /T1\.csv:10  H1 v A2 1-0 has no half-time score, unlike the others: taken as played/);
});

test("in a file without half-time scores, or with gaps in them, nothing is awarded", async (t) => {
  const bare = "T1,20/02/2023,17:00,H1,A2,3,0,H,,,,,,,,";
  const without = ORDINARY.map((row) => row.replace(",H,1,0,14,9,", ",H,,,,,"));
  assert.equal((await statusOf(t, bare, without)).status, "FT");
  const gap = "T1,21/02/2023,17:00,H3,A3,2,2,D,,,,,,,,";
  const many = Array.from(
    { length: 30 },
    (_, i) => `T1,${String((i % 9) + 11)}/03/2023,17:00,H${i + 40},A${i + 40},2,1,H,1,0,14,9,1.8,3.4,4.2`,
  );
  assert.equal((await statusOf(t, bare, [...many, gap])).status, "FT");
  assert.equal((await statusOf(t, bare, many)).status, "AWD");
});

test("few matches tell nothing", async (t) => {
  assert.equal((await statusOf(t, "T1,20/02/2023,17:00,H1,A2,3,0,H,,,,,,,,", ORDINARY.slice(0, 3))).status, "FT");
});

test("a file that only repeats the score leaves a match awarded, one with its half-time score does not", async (t) => {
  const row = "T1,20/02/2023,17:00,H1,A2,3,0,H";
  const { importing } = await statusOf(t, `${row},,,,,,,,`);
  const again = await importing.import("fixtures.csv", ["Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR", row]);
  assert.match(again.stdout, /0 new, 0 updated, 1 unchanged/);
  await importing.import("T1.csv", [HEADER, `${row},1,0,14,9,1.8,3.4,4.2`]);
  assert.equal(importing.rows(STATUS)[0][0], "FT");
});

test("importing again marks what an earlier import stored as finished", async (t) => {
  const row = "T1,20/02/2023,17:00,H1,A2,3,0,H,,,,,,,,";
  const importing = new Importing(t);
  await importing.import("T1.csv", [HEADER, row]);
  assert.equal(importing.rows(STATUS)[0][0], "FT");
  await importing.import("T1.csv", [HEADER, ...ORDINARY, row]);
  assert.equal(importing.rows(STATUS)[0][0], "AWD");
});

const EXPECTED_GOALS = "SELECT xg_home, xg_away FROM V3_Fixtures";

test("expected goals are stored with the fixture, and stay where a later file has none", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,HxG,AxG", "E0,15/08/2026,Alpha,Beta,3,0,1.8,0.4"]);
  assert.deepEqual(importing.rows(EXPECTED_GOALS), [[1.8, 0.4]]);
  const { stdout } = await importing.import("fixtures.csv", ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "E0,15/08/2026,Alpha,Beta,3,0"]);
  assert.match(stdout, /1 unchanged/);
  assert.deepEqual(importing.rows(EXPECTED_GOALS), [[1.8, 0.4]]);
});

test("expected goals that cannot be are left out", async (t) => {
  const importing = new Importing(t);
  const { stdout } = await importing.import("E0.csv", [
    "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,HxG,AxG",
    "E0,15/08/2026,Alpha,Beta,3,0,-1,0.4",
  ]);
  assert.match(stdout, /E0\.csv:2  HxG of -1 is no number of expected goals/);
  assert.deepEqual(importing.rows(EXPECTED_GOALS), [[null, null]]);
});

test("a database whose fixtures have no expected goals gets the columns with an import", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "E0,15/08/2026,Alpha,Beta,3,0"]);
  const db = connect(importing.database);
  db.exec("ALTER TABLE V3_Fixtures DROP COLUMN xg_home; ALTER TABLE V3_Fixtures DROP COLUMN xg_away");
  db.close();
  const { stdout } = await importing.import("E0.csv", [
    "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,HxG,AxG",
    "E0,15/08/2026,Alpha,Beta,3,0,1.8,0.4",
  ]);
  assert.match(stdout, /0 new, 1 updated/);
  assert.deepEqual(importing.rows(EXPECTED_GOALS), [[1.8, 0.4]]);
});
