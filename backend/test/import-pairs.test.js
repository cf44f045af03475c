import assert from "node:assert/strict";
import { test } from "node:test";
import { closeDatabase, openDatabase } from "../src/db/schema.js";
import { Importing } from "./dbScripts.js";

const HEADER = "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR";
const TO_COME = "Div,Date,Time,HomeTeam,AwayTeam";

/**
 * @param {Importing} importing
 * @returns {unknown[][]} day, status and score
 */
const listed = (importing) => importing.fixtures().map(([day, , , status, home, away]) => [day, status, home, away]);

for (const day of ["27/02/2026", "24/04/2026", "23/02/2026"]) {
  test(`where a pair meets once a season, a fixture of ${day} is none after a result of 24/02/2026`, async (t) => {
    const importing = new Importing(t);
    await importing.import("E1.csv", [HEADER, "E1,24/02/2026,Alpha,Beta,1,0,H"]);
    await importing.import("fixtures.csv", [TO_COME, `E1,${day},19:45,Alpha,Beta`]);
    assert.deepEqual(listed(importing), [["2026-02-24", "FT", 1, 0]]);
  });
}

test("that a fixture is of a pair that has met is said", async (t) => {
  const importing = new Importing(t);
  await importing.import("E1.csv", [HEADER, "E1,24/02/2026,Alpha,Beta,1,0,H"]);
  const { stdout } = await importing.import("fixtures.csv", [TO_COME, "E1,27/02/2026,19:45,Alpha,Beta"]);
  assert.match(stdout, /fixtures\.csv:2 {2}Alpha and Beta met on 2026-02-24 \(1-0\): not to come on 2026-02-27/);
});

test("the return match and the next season's are matches of their own", async (t) => {
  const importing = new Importing(t);
  await importing.import("E1.csv", [HEADER, "E1,24/02/2026,Alpha,Beta,1,0,H"]);
  await importing.import("fixtures.csv", [TO_COME, "E1,27/04/2026,19:45,Beta,Alpha", "E1,27/08/2026,19:45,Alpha,Beta"]);
  assert.equal(importing.fixtures().length, 3);
});

test("where a pair meets more often, a fixture months after a result is a match to come, one of the same week is not", async (t) => {
  const importing = new Importing(t);
  await importing.import("SC0.csv", [HEADER, "SC0,24/08/2026,Alpha,Beta,1,0,H", "SC0,24/08/2026,Gamma,Delta,1,0,H"]);
  await importing.import("fixtures.csv", [TO_COME, "SC0,27/12/2026,19:45,Alpha,Beta", "SC0,27/08/2026,19:45,Gamma,Delta"]);
  assert.equal(importing.fixtures().length, 3);
});

test("a phantom that an earlier import left behind goes with the next file of its league", async (t) => {
  const importing = new Importing(t);
  await importing.import("E1.csv", [HEADER, "E1,24/02/2026,Alpha,Beta,1,0,H"]);
  const db = openDatabase(importing.database);
  db.exec(`INSERT INTO V3_Fixtures (api_id, league_id, season_year, date, status_short, home_team_id, away_team_id, has_odds)
    SELECT -7, league_id, season_year, '2026-02-27T19:45:00+00:00', 'NS', home_team_id, away_team_id, 1 FROM V3_Fixtures;
    INSERT INTO V3_Odds_History (fixture_id, bookmaker_id, market_id, value_home_over, capture_timestamp)
    VALUES (2, 8, 1, 1.5, '2026-02-26T19:45:00+00:00')`);
  closeDatabase(db);
  const { stdout } = await importing.import("E1.csv", [HEADER, "E1,24/02/2026,Alpha,Beta,1,0,H"]);
  assert.match(stdout, /mended of earlier imports: 1 doubled fixture\n/);
  assert.deepEqual(listed(importing), [["2026-02-24", "FT", 1, 0]]);
  assert.deepEqual(importing.rows("SELECT COUNT(*) FROM V3_Odds_History"), [[0]]);
});

test("a play-off of another score does not take the season's match away, and is said", async (t) => {
  const importing = new Importing(t);
  await importing.import("I1.csv", [HEADER, "I1,05/03/2023,Alpha,Beta,0,0,D"]);
  const { stdout } = await importing.import("playoff.csv", [HEADER, "I1,11/06/2023,Alpha,Beta,1,3,A"]);
  assert.deepEqual(listed(importing), [
    ["2023-03-05", "FT", 0, 0],
    ["2023-06-11", "FT", 1, 3],
  ]);
  assert.match(
    stdout,
    /playoff\.csv:2 {2}Alpha and Beta met on 2023-03-05 \(0-0\): taken as another match on 2023-06-11, such as a play-off/,
  );
});

test("both matches of a pair that had a play-off stay when the whole file is imported again", async (t) => {
  const importing = new Importing(t);
  const file = [HEADER, "I1,05/03/2023,Alpha,Beta,0,0,D", "I1,11/06/2023,Alpha,Beta,1,3,A"];
  await importing.import("I1.csv", file);
  assert.match((await importing.import("I1.csv", file)).stdout, /0 new, 0 updated, 2 unchanged/);
  assert.equal(importing.fixtures().length, 2);
});

test("a date that is corrected by days takes its score along, whatever that is", async (t) => {
  const importing = new Importing(t);
  await importing.import("I1.csv", [HEADER, "I1,05/03/2023,Alpha,Beta,0,0,D", "I1,05/03/2023,Gamma,Delta,2,0,H"]);
  await importing.import("I1.csv", [HEADER, "I1,09/03/2023,Alpha,Beta,0,1,A", "I1,26/04/2023,Gamma,Delta,2,0,H"]);
  assert.deepEqual(listed(importing), [
    ["2023-03-09", "FT", 0, 1],
    ["2023-04-26", "FT", 2, 0],
  ]);
});

test("a match that the season's whole file no longer has where it was is the one that it has", async (t) => {
  const importing = new Importing(t);
  const clubs = Array.from({ length: 30 }, (_, i) => `Club ${i}`);
  const others = clubs
    .slice(1)
    .map((club, i) => `I1,${String((i % 28) + 1).padStart(2, "0")}/${i < 15 ? "10/2022" : "05/2023"},Club 0,${club},1,0,H`);
  await importing.import("I1.csv", [HEADER, "I1,05/03/2023,Alpha,Beta,0,0,D", ...others]);
  await importing.import("I1.csv", [HEADER, "I1,20/04/2023,Alpha,Beta,1,3,A", ...others]);
  assert.deepEqual(importing.rows("SELECT COUNT(*), SUM(date LIKE '2023-03-05%') FROM V3_Fixtures"), [[30, 0]]);
});

test("a match listed twice with its score is one, of the day that it was put off to, and is said", async (t) => {
  const importing = new Importing(t);
  const { stdout } = await importing.import("E0.csv", [HEADER, "E0,16/03/2019,Alpha,Beta,0,2,A", "E0,24/04/2019,Alpha,Beta,0,2,A"]);
  assert.deepEqual(listed(importing), [["2019-04-24", "FT", 0, 2]]);
  assert.match(stdout, /E0\.csv:2 {2}the same match as line 3/);
});

test("of a match listed twice the row with figures stays", async (t) => {
  const importing = new Importing(t);
  const header = `${HEADER},HS,AS`;
  await importing.import("E0.csv", [header, "E0,16/03/2019,Alpha,Beta,0,2,A,9,8", "E0,24/04/2019,Alpha,Beta,0,2,A,,"]);
  assert.deepEqual(listed(importing), [["2019-03-16", "FT", 0, 2]]);
});

test("a match listed twice with its score by two files is one", async (t) => {
  const importing = new Importing(t);
  await importing.import("a.csv", [HEADER, "E0,16/03/2019,Alpha,Beta,0,2,A"]);
  await importing.import("b.csv", [HEADER, "E0,24/04/2019,Alpha,Beta,0,2,A"]);
  assert.equal(importing.fixtures().length, 1);
});

test("where pairs meet twice at one ground, two matches of one score months apart are two", async (t) => {
  const importing = new Importing(t);
  await importing.import("SC0.csv", [HEADER, "SC0,16/09/2018,Alpha,Beta,0,2,A", "SC0,24/04/2019,Alpha,Beta,0,2,A"]);
  assert.equal(importing.fixtures().length, 2);
});

for (const [day, status] of [
  ["27/02/2026", "to come"],
  ["20/02/2026", "put off"],
]) {
  test(`a match ${status} beside its result in one file is one match`, async (t) => {
    const importing = new Importing(t);
    await importing.import("E1.csv", [HEADER, `E1,${day},Alpha,Beta,,,`, "E1,24/02/2026,Alpha,Beta,1,0,H"]);
    assert.deepEqual(listed(importing), [["2026-02-24", "FT", 1, 0]]);
  });
}

test("matches whose day and month an earlier import exchanged go to their days", async (t) => {
  const importing = new Importing(t);
  const pairs = ["Alpha,Beta", "Gamma,Delta", "Epsilon,Zeta"];
  await importing.import("E0.csv", [HEADER, ...pairs.map((pair) => `E0,09/01/2024,${pair},2,1,H`)]);
  await importing.import("E0.csv", [HEADER, ...pairs.map((pair) => `E0,01/09/2024,${pair},2,1,H`), "E0,14/09/2024,Beta,Gamma,2,1,H"]);
  assert.deepEqual(
    listed(importing).map(([day]) => day),
    ["2024-09-01", "2024-09-01", "2024-09-01", "2024-09-14"],
  );
});

test("the last day of a season and the first of the next, alike by chance, are two matches in either order", async (t) => {
  const importing = new Importing(t);
  await importing.import("2023.csv", [HEADER, "E1,05/08/2023,Alpha,Beta,1,0,H"]);
  await importing.import("2022.csv", [HEADER, "E1,08/05/2023,Alpha,Beta,1,0,H"]);
  assert.equal(importing.fixtures().length, 2);
});

test("seasons that an earlier import stored as two years in four digits become the year in which they began", async (t) => {
  const importing = new Importing(t);
  const file = [HEADER, "E0,12/08/2023,Alpha,Beta,1,0,H"];
  await importing.import("E0.csv", file);
  const db = openDatabase(importing.database);
  db.exec("UPDATE V3_Fixtures SET season_year = 2324; UPDATE V3_League_Seasons SET season_year = 2324");
  closeDatabase(db);
  assert.match(
    (await importing.import("E0.csv", file)).stdout,
    /0 new, 0 updated, 1 unchanged[^]*mended of earlier imports: 1 season of a fixture\n/,
  );
  assert.deepEqual(importing.rows("SELECT f.season_year, s.season_year FROM V3_Fixtures f JOIN V3_League_Seasons s USING (league_id)"), [
    [2023, 2023],
  ]);
});
