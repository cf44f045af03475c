import assert from "node:assert/strict";
import { test } from "node:test";
import { closeDatabase, openDatabase } from "../src/db/schema.js";
import { importFiles } from "../src/import/importer.js";
import { Importing } from "./dbScripts.js";

const TEAMS = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG";
const MATCH = "E0,12/08/2023,15:00,Brighton,Luton,4,1";
const HISTORY =
  "SELECT bookmaker_id, market_id, handicap_value, value_home_over, value_draw, value_away_under, capture_timestamp FROM V3_Odds_History ORDER BY id";
const LAST = "SELECT bookmaker_id, market_id, value_home_over, updated_at FROM V3_Odds ORDER BY id";

test("prices before play are captured a day before kick-off, closing ones a minute before, and the last is kept", (t) => {
  const importing = new Importing(t);
  importing.import("E0.csv", [
    `${TEAMS},B365H,B365D,B365A,B365CH,B365CD,B365CA,PSH,PSD,PSA`,
    `${MATCH},1.33,5.5,9,1.3,5.8,9.5,1.35,5.6,9.7`,
  ]);
  assert.deepEqual(importing.rows(HISTORY), [
    [8, 1, null, 1.33, 5.5, 9, "2023-08-11T14:00:00+00:00"],
    [8, 1, null, 1.3, 5.8, 9.5, "2023-08-12T13:59:00+00:00"],
    [4, 1, null, 1.35, 5.6, 9.7, "2023-08-11T14:00:00+00:00"],
  ]);
  assert.deepEqual(importing.rows(LAST), [
    [8, 1, 1.3, "2023-08-12T13:59:00+00:00"],
    [4, 1, 1.35, "2023-08-11T14:00:00+00:00"],
  ]);
});

test("where only the day is known prices are reckoned from its beginning", (t) => {
  const importing = new Importing(t);
  importing.import("E0.csv", [
    "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,AvgH,AvgD,AvgA,AvgCH,AvgCD,AvgCA",
    "E0,12/08/2012,Brighton,Luton,4,1,1.3,5,9,1.4,5,9",
  ]);
  assert.deepEqual(importing.rows("SELECT capture_timestamp FROM V3_Odds_History ORDER BY id").flat(), [
    "2012-08-11T00:00:00+00:00",
    "2012-08-11T23:59:00+00:00",
  ]);
});

test("over and under 2.5 goals are market 5 with the line as its handicap", (t) => {
  const importing = new Importing(t);
  importing.import("E0.csv", [`${TEAMS},P>2.5,P<2.5,PC>2.5,PC<2.5`, `${MATCH},1.68,2.29,1.7,2.2`]);
  assert.deepEqual(
    importing.rows(HISTORY).map((row) => row.slice(0, 6)),
    [
      [4, 5, 2.5, 1.68, null, 2.29],
      [4, 5, 2.5, 1.7, null, 2.2],
    ],
  );
});

test("averages and best prices have negative bookmaker ids, under their old and their new names", (t) => {
  for (const [average, best] of [
    ["Avg", "Max"],
    ["BbAv", "BbMx"],
  ]) {
    const importing = new Importing(t);
    const columns = [average, best].flatMap((name) => [`${name}H`, `${name}D`, `${name}A`, `${name}>2.5`, `${name}<2.5`]);
    importing.import("E0.csv", [`${TEAMS},${columns.join()}`, `${MATCH},1.3,5,9,1.7,2.2,1.4,6,10,1.8,2.3`]);
    assert.deepEqual(importing.rows("SELECT bookmaker_id, market_id, value_home_over FROM V3_Odds ORDER BY id"), [
      [-1, 1, 1.3],
      [-1, 5, 1.7],
      [-2, 1, 1.4],
      [-2, 5, 1.8],
    ]);
  }
});

test("bookmakers have the ids of API-Football", (t) => {
  const importing = new Importing(t);
  const names = ["B365", "PS", "WH", "LB", "BW", "IW"];
  importing.import("E0.csv", [
    [TEAMS, ...names.flatMap((name) => ["H", "D", "A"].map((outcome) => name + outcome))].join(),
    [MATCH, ...names.map(() => "1.3,5,9")].join(),
  ]);
  assert.deepEqual(importing.rows("SELECT bookmaker_id FROM V3_Odds ORDER BY id").flat(), [8, 4, 7, 10, 6, 15]);
});

test("prices of a match more than a day ahead are captured at the import, once for each change", async (t) => {
  const importing = new Importing(t);
  const header = `${TEAMS},AvgH,AvgD,AvgA`;
  const row = (/** @type {string} */ goals, /** @type {number} */ price) => [
    header,
    `E0,28/12/2090,15:00,Arsenal,Leeds,${goals},${price},5,9`,
  ];
  const before = new Date().toISOString();
  importing.import("fixtures.csv", row(",", 1.3));
  const { stdout } = importing.import("fixtures.csv", row(",", 1.3));
  assert.match(stdout, /0 updated, 1 unchanged/);
  const [[captured]] = importing.rows("SELECT capture_timestamp FROM V3_Odds_History");
  assert.ok(String(captured).slice(0, 19) >= before.slice(0, 19) && String(captured).slice(0, 4) < "2090");
  const db = openDatabase(importing.database);
  await importFiles(db, [importing.file("E0.csv", row("2,0", 1.25))], { now: Date.UTC(2090, 11, 29), onProgress: () => {} });
  closeDatabase(db);
  assert.deepEqual(importing.rows("SELECT value_home_over, capture_timestamp FROM V3_Odds_History ORDER BY id"), [
    [1.3, captured],
    [1.25, "2090-12-27T15:00:00+00:00"],
  ]);
  assert.deepEqual(importing.rows(LAST), [[-1, 1, 1.25, "2090-12-27T15:00:00+00:00"]]);
});
