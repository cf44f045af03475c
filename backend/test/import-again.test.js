import assert from "node:assert/strict";
import { test } from "node:test";
import { Importing } from "./dbScripts.js";

const HEADER = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,HS,AS,AvgH,AvgD,AvgA,AvgCH,AvgCD,AvgCA";
const PLAYED = "E0,12/08/2023,15:00,Brighton,Luton,4,1,27,9,1.3,5.6,9.5,1.32,5.5,9.2";
const NOTHING_NEW = /0 new, 0 updated, 1 unchanged/;

test("importing a file again changes nothing", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [HEADER, PLAYED]);
  const everything = () =>
    ["V3_Fixtures", "V3_Odds", "V3_Odds_History", "V3_Fixture_Stats", "V3_Teams", "V3_Leagues", "V3_League_Seasons"].map((table) =>
      importing.rows(`SELECT * FROM ${table}`),
    );
  const before = everything();
  const { stdout } = await importing.import("E0.csv", [HEADER, PLAYED]);
  assert.match(stdout, NOTHING_NEW);
  assert.deepEqual(everything(), before);
});

test("a longer file brings results to the matches to come and adds new ones, under the same ids", async (t) => {
  const importing = new Importing(t);
  const ids = "SELECT fixture_id, api_id FROM V3_Fixtures ORDER BY fixture_id LIMIT 2";
  await importing.import("E0.csv", [HEADER, PLAYED, "E0,19/08/2023,15:00,Fulham,Brentford,,"]);
  const before = importing.rows(ids);
  const { stdout } = await importing.import("E0.csv", [
    HEADER,
    PLAYED,
    "E0,19/08/2023,15:00,Fulham,Brentford,0,3",
    "E0,20/08/2023,16:30,West Ham,Chelsea,3,1",
  ]);
  assert.match(stdout, /1 new, 1 updated, 1 unchanged/);
  assert.deepEqual(importing.rows(ids), before);
  assert.deepEqual(importing.fixtures()[1], ["2023-08-19", "Fulham", "Brentford", "FT", 0, 3]);
});

test("a match to come that was moved is moved, not doubled", async (t) => {
  const importing = new Importing(t);
  await importing.import("fixtures.csv", [
    HEADER,
    "E0,19/08/2023,15:00,Luton,Burnley,,,,,1.9,3.5,4",
    "SC0,19/08/2023,15:00,Hearts,Celtic,,",
  ]);
  await importing.import("E0.csv", [HEADER, "E0,03/10/2023,19:30,Luton,Burnley,1,2,,,1.9,3.5,4", "SC0,22/11/2023,19:45,Hearts,Celtic,1,1"]);
  assert.deepEqual(importing.fixtures(), [
    ["2023-10-03", "Luton", "Burnley", "FT", 1, 2],
    ["2023-11-22", "Hearts", "Celtic", "FT", 1, 1],
  ]);
  assert.deepEqual(importing.rows("SELECT capture_timestamp FROM V3_Odds_History"), [["2023-10-02T18:30:00+00:00"]]);
});

test("where teams meet twice a season at one ground both matches are kept, whichever import brings them", async (t) => {
  const importing = new Importing(t);
  const first = "SC0,08/08/2023,15:00,Hearts,Celtic,0,1";
  const second = "SC0,03/03/2024,12:00,Hearts,Celtic,2,0";
  await importing.import("SC0.csv", [HEADER, first]);
  await importing.import("fixtures.csv", [HEADER, "SC0,03/03/2024,12:00,Hearts,Celtic,,"]);
  const { stdout } = await importing.import("SC0.csv", [HEADER, first, second]);
  assert.match(stdout, /0 new, 1 updated, 1 unchanged/);
  assert.deepEqual(
    importing.fixtures().map(([day, , , , home, away]) => [day, home, away]),
    [
      ["2023-08-08", 0, 1],
      ["2024-03-03", 2, 0],
    ],
  );
});

test("an older file takes no result away", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [HEADER, "E0,19/08/2023,15:00,Fulham,Brentford,0,3", "SC0,19/08/2023,15:00,Hearts,Celtic,0,3"]);
  const { stdout } = await importing.import("fixtures.csv", [
    HEADER,
    "E0,16/08/2023,19:45,Fulham,Brentford,,",
    "SC0,16/08/2023,15:00,Hearts,Celtic,,",
  ]);
  assert.match(stdout, /0 new, 0 updated, 2 unchanged/);
  assert.deepEqual(
    importing.fixtures().map(([day, , , status]) => [day, status]),
    [
      ["2023-08-19", "FT"],
      ["2023-08-19", "FT"],
    ],
  );
});

test("what a later file leaves out stays as it is known", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [HEADER, PLAYED]);
  const { stdout } = await importing.import("bare.csv", ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "E0,12/08/2023,Brighton,Luton,4,1"]);
  assert.match(stdout, NOTHING_NEW);
  assert.deepEqual(importing.rows("SELECT date, has_odds FROM V3_Fixtures"), [["2023-08-12T14:00:00+00:00", 1]]);
});

test("a corrected score and a corrected price are taken over", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [HEADER, PLAYED]);
  const { stdout } = await importing.import("E0.csv", [HEADER, PLAYED.replace(",4,1,", ",3,1,").replace("1.32", "1.33")]);
  assert.match(stdout, /0 new, 1 updated/);
  assert.deepEqual(importing.rows("SELECT goals_home, score_fulltime_home FROM V3_Fixtures"), [[3, 3]]);
  assert.deepEqual(importing.rows("SELECT value_home_over FROM V3_Odds_History ORDER BY capture_timestamp"), [[1.3], [1.33]]);
  assert.deepEqual(importing.rows("SELECT value_home_over FROM V3_Odds"), [[1.33]]);
});

test("ids hang neither on the order of the files nor on the machine", async (t) => {
  const seasons = /** @type {const} */ ([
    ["2022.csv", "06/08/2022"],
    ["2023.csv", "12/08/2023"],
  ]);
  const idsOf = async (/** @type {typeof seasons[number][]} */ order) => {
    const importing = new Importing(t);
    for (const [name, day] of order) await importing.import(name, [HEADER, `E0,${day},15:00,Brighton,Luton,1,0`]);
    return ["V3_Fixtures", "V3_Teams", "V3_Leagues"].map((table) => importing.rows(`SELECT api_id FROM ${table} ORDER BY api_id`).flat());
  };
  const ids = await idsOf([...seasons]);
  assert.deepEqual(await idsOf([...seasons].reverse()), ids);
  assert.ok(ids.flat().every((id) => Number(id) < 0 && Number(id) >= -(2 ** 48)));
});

test("a season that runs on into August is one season, and the next one another", async (t) => {
  const importing = new Importing(t);
  const header = "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG";
  await importing.import("2020.csv", [header, "I1,19/09/2020,Roma,Lazio,1,1"]);
  await importing.import("2019.csv", [
    header,
    "I1,24/08/2019,Roma,Milan,1,1",
    "I1,08/03/2020,Roma,Inter,1,1",
    "I1,22/06/2020,Roma,Parma,1,1",
    "I1,14/07/2020,Roma,Genoa,1,1",
  ]);
  await importing.import("fixtures.csv", [header, "I1,02/08/2020,Roma,Torino,,"]);
  const seasons = importing.rows("SELECT season_year, COUNT(*) FROM V3_Fixtures GROUP BY 1");
  assert.deepEqual(seasons, [
    [2019, 5],
    [2020, 1],
  ]);
});
