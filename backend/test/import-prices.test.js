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

test("prices before play are captured a day before kick-off, closing ones a minute before, and the last is kept", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [
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

test("where only the day is known prices are reckoned from its beginning", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [
    "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,AvgH,AvgD,AvgA,AvgCH,AvgCD,AvgCA",
    "E0,12/08/2012,Brighton,Luton,4,1,1.3,5,9,1.4,5,9",
  ]);
  assert.deepEqual(importing.rows("SELECT capture_timestamp FROM V3_Odds_History ORDER BY id").flat(), [
    "2012-08-11T00:00:00+00:00",
    "2012-08-11T23:59:00+00:00",
  ]);
});

test("over and under 2.5 goals are market 5 with the line as its handicap", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [`${TEAMS},P>2.5,P<2.5,PC>2.5,PC<2.5`, `${MATCH},1.68,2.29,1.7,2.2`]);
  assert.deepEqual(
    importing.rows(HISTORY).map((row) => row.slice(0, 6)),
    [
      [4, 5, 2.5, 1.68, null, 2.29],
      [4, 5, 2.5, 1.7, null, 2.2],
    ],
  );
});

test("averages and best prices have negative bookmaker ids, under their old and their new names", async (t) => {
  for (const [average, best] of [
    ["Avg", "Max"],
    ["BbAv", "BbMx"],
  ]) {
    const importing = new Importing(t);
    const columns = [average, best].flatMap((name) => [`${name}H`, `${name}D`, `${name}A`, `${name}>2.5`, `${name}<2.5`]);
    await importing.import("E0.csv", [`${TEAMS},${columns.join()}`, `${MATCH},1.3,5,9,1.7,2.2,1.4,6,10,1.8,2.3`]);
    assert.deepEqual(importing.rows("SELECT bookmaker_id, market_id, value_home_over FROM V3_Odds ORDER BY id"), [
      [-1, 1, 1.3],
      [-1, 5, 1.7],
      [-2, 1, 1.4],
      [-2, 5, 1.8],
    ]);
  }
});

test("bookmakers have the ids of API-Football", async (t) => {
  const importing = new Importing(t);
  const names = ["B365", "PS", "WH", "LB", "BW", "IW"];
  await importing.import("E0.csv", [
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
  await importing.import("fixtures.csv", row(",", 1.3));
  const { stdout } = await importing.import("fixtures.csv", row(",", 1.3));
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

test("in a season file of the extra leagues every price is a closing price, in copies up to 2024 too", async (t) => {
  const importing = new Importing(t);
  await importing.import("BRA.csv", [
    "Country,League,Season,Date,Time,Home,Away,HG,AG,Res,PH,PD,PA,MaxH,MaxD,MaxA,AvgH,AvgD,AvgA",
    "Brazil,Serie A,2012,19/05/2012,22:30,Alpha,Beta,1,1,D,1.75,3.86,5.25,1.76,3.87,5.31,1.69,3.5,4.9",
  ]);
  assert.deepEqual(importing.rows("SELECT bookmaker_id, value_home_over, capture_timestamp FROM V3_Odds_History ORDER BY id"), [
    [-1, 1.69, "2012-05-19T21:29:00+00:00"],
    [-2, 1.76, "2012-05-19T21:29:00+00:00"],
    [4, 1.75, "2012-05-19T21:29:00+00:00"],
  ]);
});

test("a copy of an extra file of either kind gives the same prices", async (t) => {
  const row = "Brazil,Serie A,2012,19/05/2012,22:30,Alpha,Beta,1,1,D,1.75,3.86,5.25";
  const start = "Country,League,Season,Date,Time,Home,Away,HG,AG,Res";
  const history = [];
  for (const columns of ["PH,PD,PA", "PSCH,PSCD,PSCA", "PSH,PSD,PSA"]) {
    const importing = new Importing(t);
    await importing.import("BRA.csv", [`${start},${columns}`, row]);
    history.push(importing.rows(HISTORY));
  }
  assert.deepEqual(history[1], history[0]);
  assert.deepEqual(history[2], history[0]);
});

test("where an extra file has both kinds of a bookmaker's prices each is what its name says", async (t) => {
  const importing = new Importing(t);
  await importing.import("BRA.csv", [
    "Country,League,Season,Date,Time,Home,Away,HG,AG,Res,AvgH,AvgD,AvgA,AvgCH,AvgCD,AvgCA",
    "Brazil,Serie A,2024,13/04/2024,22:30,Alpha,Beta,1,1,D,1.7,3.8,5.2,1.75,3.9,5.3",
  ]);
  assert.deepEqual(importing.rows("SELECT value_home_over, capture_timestamp FROM V3_Odds_History ORDER BY 2"), [
    [1.7, "2024-04-12T21:30:00+00:00"],
    [1.75, "2024-04-13T21:29:00+00:00"],
  ]);
});

test("the extra leagues' fixtures, which name no season, have prices before play", async (t) => {
  const importing = new Importing(t);
  await importing.import("new_league_fixtures.csv", [
    "Country,League,Date,Time,Home,Away,PSH,PSD,PSA,AvgH,AvgD,AvgA",
    "Brazil,Serie A,13/04/2024,22:30,Alpha,Beta,,,,1.7,3.8,5.2",
  ]);
  assert.deepEqual(importing.rows("SELECT bookmaker_id, capture_timestamp FROM V3_Odds_History"), [[-1, "2024-04-12T21:30:00+00:00"]]);
});

test("a match to come has no closing price, whatever its columns say", async (t) => {
  const importing = new Importing(t);
  await importing.import("fixtures.csv", [
    "Div,Date,Time,HomeTeam,AwayTeam,Referee,AvgH,AvgD,AvgA,AvgCH,AvgCD,AvgCA,BFECH,BFECD,BFECA",
    "E0,12/09/2090,20:00,Alpha,Beta,,1.7,3.8,5.2,,,,,,",
    "E0,12/09/2090,20:00,Gamma,Delta,,1.7,3.8,5.2,1.7,3.8,5.2,,,",
  ]);
  const now = new Date().toISOString();
  const times = importing.rows("SELECT capture_timestamp FROM V3_Odds_History").flat();
  assert.equal(times.length, 2);
  assert.ok(times.every((time) => String(time) <= now));
});

test("Betfair's exchange has an id of its own, beside Betfair as a bookmaker", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [
    `${TEAMS},BFH,BFD,BFA,BFEH,BFED,BFEA,BFE>2.5,BFE<2.5,BFECH,BFECD,BFECA,BFEC>2.5,BFEC<2.5`,
    `${MATCH},1.3,5,9,1.32,5.8,10,1.7,2.3,1.33,5.9,10.5,1.72,2.34`,
  ]);
  assert.deepEqual(
    importing.rows(HISTORY).map((row) => row.slice(0, 4)),
    [
      [3, 1, null, 1.3],
      [-3, 1, null, 1.32],
      [-3, 1, null, 1.33],
      [-3, 5, 2.5, 1.7],
      [-3, 5, 2.5, 1.72],
    ],
  );
});

test("BFD is Betfair's draw in 2024-25 and Betfred from 2025-26 on", async (t) => {
  for (const [columns, bookmaker] of [
    ["BFH,BFD,BFA", 3],
    ["BFDH,BFDD,BFDA", 12],
  ]) {
    const importing = new Importing(t);
    const { stdout } = await importing.import("E0.csv", [`${TEAMS},${columns}`, `${MATCH},1.3,5,9`]);
    assert.deepEqual(importing.rows("SELECT bookmaker_id FROM V3_Odds"), [[bookmaker]]);
    assert.doesNotMatch(stdout, /not read/);
  }
});

test("Paddy Power is no Pinnacle", async (t) => {
  const importing = new Importing(t);
  const { stdout } = await importing.import("E0.csv", [`${TEAMS},PPH,PPD,PPA,PPCH,PPCD,PPCA`, `${MATCH},1.3,5,9,1.3,5,9`]);
  assert.deepEqual(importing.rows("SELECT * FROM V3_Odds"), []);
  assert.match(stdout, /prices that are not read: PP \(1 file\)/);
});

test("an over/under line other than 2.5 is market 5 with that line", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [`${TEAMS},B365>3.5,B365<3.5,B365>2.5,B365<2.5,Avg.1.5,Avg.1.5.1`, `${MATCH},2.9,1.4,1.7,2.2,1.2,4.5`]);
  assert.deepEqual(
    importing.rows(HISTORY).map((row) => row.slice(0, 6)),
    [
      [-1, 5, 1.5, 1.2, null, 4.5],
      [8, 5, 2.5, 1.7, null, 2.2],
      [8, 5, 3.5, 2.9, null, 1.4],
    ],
  );
});

test("prices that are not read are named once, with the number of files", (t) => {
  const importing = new Importing(t);
  const names = ["SKB", "BV", "1XB", "SKBC", "VC"].flatMap((name) => ["H", "D", "A"].map((outcome) => name + outcome));
  const header = [TEAMS, ...names, "B365AHH", "B365AHA", "SB>3.5", "SB<3.5", "WHH", "WHD", "AvgAHA"].join();
  const match = MATCH + ",1.9".repeat(22);
  importing.file("files/E0.csv", [header, match]);
  importing.file("files/E1.csv", [header, match.replace("E0", "E1")]);
  const { stdout } = importing.importFolder("files");
  const [line] = stdout.split("\n").filter((text) => text.startsWith("prices"));
  assert.equal(
    line,
    "prices that are not read: SKB (2 files), BV (2 files), 1XB (2 files), VC (2 files), Asian handicap without its line (2 files), SB (2 files), WHH, WHD without WHA (2 files), AvgAHA without AvgAHH (2 files)",
  );
});

test("a file whose prices are all read, or empty, says nothing of prices", async (t) => {
  const { stdout } = await new Importing(t).import("E0.csv", [
    `${TEAMS},AvgH,AvgD,AvgA,PSCH,PSCD,PSCA,PC>2.5,PC<2.5,SKBH,SKBD,SKBA`,
    `${MATCH},1.3,5,9,1.3,5,9,1.7,2.2,,,`,
  ]);
  assert.doesNotMatch(stdout, /not read/);
});
