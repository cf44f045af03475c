import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { closeDatabase, openDatabase } from "../src/db/schema.js";
import { importFiles } from "../src/import/importer.js";
import { DATA, Importing, run } from "./dbScripts.js";

const TEAMS = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG";
const MATCH = "E0,12/08/2023,15:00,Brighton,Luton,4,1";
const DAY_BEFORE = "2023-08-11T14:00:00+00:00";
const CLOSING = "2023-08-12T13:59:00+00:00";
const SETS =
  "SELECT bookmaker_id, handicap_value, value_home_over, value_draw, value_away_under, capture_timestamp FROM V3_Odds_History WHERE market_id = 4 ORDER BY id";
const LAST =
  "SELECT bookmaker_id, handicap_value, value_home_over, value_draw, value_away_under, updated_at FROM V3_Odds WHERE market_id = 4 ORDER BY id";

test("a handicap that moved is two lines, each with its own last price", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [`${TEAMS},AHh,AvgAHH,AvgAHA,AHCh,AvgCAHH,AvgCAHA`, `${MATCH},-1.5,1.9,1.97,-1.75,2.02,1.87`]);
  const moved = [
    [-1, -1.5, 1.9, null, 1.97, DAY_BEFORE],
    [-1, -1.75, 2.02, null, 1.87, CLOSING],
  ];
  assert.deepEqual(importing.rows(SETS), moved);
  assert.deepEqual(importing.rows(LAST), moved);
});

test("a handicap that stayed is one line with its closing price last", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [`${TEAMS},AHh,AvgAHH,AvgAHA,AHCh,AvgCAHH,AvgCAHA`, `${MATCH},0,1.9,1.97,-0,2.02,1.87`]);
  assert.deepEqual(importing.rows(SETS), [
    [-1, 0, 1.9, null, 1.97, DAY_BEFORE],
    [-1, 0, 2.02, null, 1.87, CLOSING],
  ]);
  assert.deepEqual(importing.rows(LAST), [[-1, 0, 2.02, null, 1.87, CLOSING]]);
});

test("every bookmaker quotes the one line of files from 2019-20 on, closing ones that of AHCh", async (t) => {
  const importing = new Importing(t);
  const before = ["B365", "P", "Max", "Avg", "BFE"];
  const closing = before.map((name) => `${name}C`);
  const columns = (/** @type {string[]} */ names) => names.flatMap((name) => [`${name}AHH`, `${name}AHA`]);
  const prices = before.map((_, index) => `1.9${index},2`).join();
  await importing.import("E0.csv", [
    [TEAMS, "AHh", ...columns(before), "AHCh", ...columns(closing)].join(),
    [MATCH, "-0.25", prices, "0.25", prices].join(),
  ]);
  const sets = [
    [-1, 1.93],
    [-2, 1.92],
    [8, 1.9],
    [4, 1.91],
    [-3, 1.94],
  ];
  assert.deepEqual(
    importing.rows(SETS),
    sets.flatMap(([bookmaker, home]) => [
      [bookmaker, -0.25, home, null, 2, DAY_BEFORE],
      [bookmaker, 0.25, home, null, 2, CLOSING],
    ]),
  );
});

test("average and best price of files up to 2018-19 quote the line BbAHh", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [`${TEAMS},BbAH,BbAHh,BbMxAHH,BbAvAHH,BbMxAHA,BbAvAHA`, `${MATCH},23,-0.75,1.98,1.92,2.01,1.94`]);
  assert.deepEqual(importing.rows(SETS), [
    [-1, -0.75, 1.92, null, 1.94, DAY_BEFORE],
    [-2, -0.75, 1.98, null, 2.01, DAY_BEFORE],
  ]);
});

test("a bookmaker of files up to 2007-08 quotes its own line; Gamebookers has an id of its own for handicaps", async (t) => {
  const importing = new Importing(t);
  const header = `${TEAMS},GBH,GBD,GBA,GBAHH,GBAHA,GBAH,LBAHH,LBAHA,LBAH,B365AHH,B365AHA,B365AH,BbAHh,BbAvAHH,BbAvAHA`;
  const { stdout } = await importing.import("E0.csv", [header, `${MATCH},1.5,4,6,1.9,1.95,-1,1.91,1.96,-1.25,1.92,1.97,,-0.5,1.93,1.98`]);
  assert.deepEqual(importing.rows(SETS), [
    [-1, -0.5, 1.93, null, 1.98, DAY_BEFORE],
    [10, -1.25, 1.91, null, 1.96, DAY_BEFORE],
    [-4, -1, 1.9, null, 1.95, DAY_BEFORE],
  ]);
  assert.match(stdout, /E0.csv:2 {2}B365AH is missing, so B365AHH has no line and is left out/);
  assert.match(stdout, /prices that are not read: GB \(1 file\)/);
  assert.deepEqual(importing.rows("SELECT * FROM V3_Odds WHERE market_id = 1"), []);
});

test("a line that is no multiple of 0.25 is left out with its prices, and said once", async (t) => {
  for (const line of ["-1.2", "12.5", "-225", "pk"]) {
    const importing = new Importing(t);
    const { code, stdout } = await importing.import("E0.csv", [
      `${TEAMS},AHh,B365AHH,B365AHA,AvgAHH,AvgAHA`,
      `${MATCH},${line},1.9,1.97,1.9,2`,
    ]);
    assert.equal(code, 0);
    assert.deepEqual(importing.rows(SETS), []);
    const reasons = stdout.split("\n").filter((text) => text.includes("AHh"));
    assert.deepEqual(
      reasons.map((text) => text.replace(/^.*:2 {2}/, "")),
      [`AHh of ${line} is no handicap (expected a multiple of 0.25 from -10 to 10), so its prices are left out`],
    );
  }
});

test("lines of a row that are wrong are counted", async (t) => {
  const importing = new Importing(t);
  const rows = Array.from({ length: 8 }, (_, index) => `E0,1${index}/08/2023,15:00,Brighton,Luton${index},4,1,-1.2,1.9,1.97`);
  const { stdout } = await importing.import("E0.csv", [`${TEAMS},AHh,AvgAHH,AvgAHA`, ...rows]);
  assert.match(stdout, /and 3 more, lines 7 to 9/);
});

test("a handicap with one side's price alone is left out, and said", async (t) => {
  const importing = new Importing(t);
  const { stdout } = await importing.import("E0.csv", [`${TEAMS},AHh,AvgAHH,AvgAHA,B365AHH,B365AHA`, `${MATCH},-1,1.9,,1.01,0`]);
  assert.deepEqual(importing.rows(SETS), []);
  assert.match(stdout, /AvgAHA is missing from its set of prices/);
  assert.match(stdout, /B365AHA of 0 is no price/);
});

test("an import adds the handicaps to a database that an earlier one made without them, and then changes nothing", async (t) => {
  const importing = new Importing(t);
  const winner = "B365H,B365D,B365A";
  await importing.import("E0.csv", [`${TEAMS},${winner}`, `${MATCH},1.3,5.5,9`]);
  const file = [`${TEAMS},${winner},AHh,AvgAHH,AvgAHA`, `${MATCH},1.3,5.5,9,-1.5,1.9,1.97`];
  assert.match((await importing.import("E0.csv", file)).stdout, /0 new, 1 updated, 0 unchanged[^]*1 set of prices/);
  const everything = () => ["V3_Odds", "V3_Odds_History"].map((table) => importing.rows(`SELECT * FROM ${table}`));
  const before = everything();
  assert.match((await importing.import("E0.csv", file)).stdout, /0 new, 0 updated, 1 unchanged/);
  assert.deepEqual(everything(), before);
});

test("a corrected price of a handicap is taken over in its row", async (t) => {
  const importing = new Importing(t);
  const header = `${TEAMS},AHh,AvgAHH,AvgAHA`;
  await importing.import("E0.csv", [header, `${MATCH},-1.5,1.9,1.97`]);
  const rowid = importing.rows("SELECT id FROM V3_Odds_History");
  await importing.import("E0.csv", [header, `${MATCH},-1.5,1.91,1.97`]);
  assert.deepEqual(importing.rows("SELECT id FROM V3_Odds_History"), rowid);
  assert.deepEqual(importing.rows(SETS), [[-1, -1.5, 1.91, null, 1.97, DAY_BEFORE]]);
});

test("a handicap of a match to come that moves between two imports is two lines, captured when each was imported", async (t) => {
  const importing = new Importing(t);
  const row = (/** @type {string} */ prices) => [
    `${TEAMS},AHh,AvgAHH,AvgAHA,AHCh,AvgCAHH,AvgCAHA`,
    `E0,28/12/2090,15:00,Arsenal,Leeds,,,${prices}`,
  ];
  const days = [20, 21];
  for (const [index, prices] of ["-1,1.9,1.97,,,", "-1.25,1.92,1.95,-1.25,1.9,1.9"].entries()) {
    const db = openDatabase(importing.database);
    const now = Date.UTC(2090, 11, days[index]);
    await importFiles(db, [importing.file("fixtures.csv", row(prices))], { now, onProgress: () => {} });
    closeDatabase(db);
  }
  const moved = [
    [-1, -1, 1.9, null, 1.97, "2090-12-20T00:00:00+00:00"],
    [-1, -1.25, 1.92, null, 1.95, "2090-12-21T00:00:00+00:00"],
  ];
  assert.deepEqual(importing.rows(SETS), moved);
  assert.deepEqual(importing.rows(LAST), moved);
});

test("in an extra league's season file handicaps under names of prices before play are closing ones", async (t) => {
  const importing = new Importing(t);
  await importing.import("BRA.csv", [
    "Country,League,Season,Date,Time,Home,Away,HG,AG,Res,AHh,AvgAHH,AvgAHA",
    "Brazil,Serie A,2012,19/05/2012,22:30,Alpha,Beta,1,1,D,-0.5,1.75,2.1",
  ]);
  assert.deepEqual(importing.rows(SETS), [[-1, -0.5, 1.75, null, 2.1, "2012-05-19T21:29:00+00:00"]]);
});

test("all pairs of the real files of a season are in the database", { skip: !existsSync(DATA) && "no FOOTBALL_DATA" }, (t) => {
  const importing = new Importing(t);
  const { stdout } = run("db-import", join(DATA, "2023-24"), "--db", importing.database);
  assert.doesNotMatch(stdout, /not read/);
  const [[early, closing, lines]] = importing.rows(`SELECT SUM(capture_timestamp < datetime(date, '-12 hours')), SUM(capture_timestamp >=
    datetime(date, '-12 hours')), COUNT(DISTINCT handicap_value) FROM V3_Odds_History JOIN V3_Fixtures USING (fixture_id) WHERE market_id = 4`);
  assert.ok(Number(early) > 7_000 && Number(closing) > 7_000 && Number(lines) > 15, `${early}, ${closing}, ${lines}`);
  const [[settled]] = importing.rows(`SELECT AVG(goals_home + handicap_value > goals_away) - AVG(goals_home + handicap_value < goals_away)
    FROM V3_Odds JOIN V3_Fixtures USING (fixture_id) WHERE market_id = 4`);
  assert.ok(Math.abs(Number(settled)) < 0.05, `the home side's line makes a match even, not ${settled}`);
});
