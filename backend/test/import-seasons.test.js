import assert from "node:assert/strict";
import { test } from "node:test";
import { Importing } from "./dbScripts.js";

const RESULTS = "Country,League,Season,Date,Time,Home,Away,HG,AG,Res";
const FIXTURES = "Country,League,Date,Time,Home,Away";

/** Where a season without a past begins, by country and league, day and year. */
const FIRST = /** @type {const} */ ([
  ["Austria", "Bundesliga", "13/03/2027", 2026],
  ["Denmark", "Superliga", "13/03/2027", 2026],
  ["Mexico", "Liga MX", "13/02/2027", 2026],
  ["Poland", "Ekstraklasa", "13/03/2027", 2026],
  ["Romania", "Superliga", "13/03/2027", 2026],
  ["Russia", "Premier League", "13/03/2027", 2026],
  ["Switzerland", "Super League", "13/03/2027", 2026],
  ["Brazil", "Serie A", "13/04/2027", 2027],
  ["China", "Super League", "13/04/2027", 2027],
  ["Norway", "Eliteserien", "13/10/2027", 2027],
  ["Argentina", "Liga Profesional", "13/03/2027", 2027],
  ["Argentina", "Liga Profesional", "13/03/2019", 2018],
  ["Japan", "J1 League", "27/02/2025", 2025],
  ["Japan", "J1 League", "27/02/2027", 2026],
  ["USA", "MLS", "27/03/2027", 2027],
  ["USA", "MLS", "27/03/2028", 2027],
]);

for (const [country, league, day, season] of FIRST) {
  test(`${league} of ${country} on ${day} is of the season ${season}`, async (t) => {
    const importing = new Importing(t);
    await importing.import("new_league_fixtures.csv", [FIXTURES, `${country},${league},${day},18:00,Alpha,Beta`]);
    assert.deepEqual(importing.rows("SELECT season_year FROM V3_Fixtures"), [[season]]);
  });
}

test("the season goes on of which the league's newest results are", async (t) => {
  for (const [country, league] of [
    ["Japan", "J1 League"],
    ["Finland", "Veikkausliiga"],
    ["Ruritania", "First League"],
  ]) {
    const importing = new Importing(t);
    await importing.import("results.csv", [RESULTS, `${country},${league},2026/2027,08/08/2026,18:00,Alpha,Beta,1,0,H`]);
    await importing.import("new_league_fixtures.csv", [FIXTURES, `${country},${league},27/02/2027,05:00,Beta,Alpha`]);
    assert.deepEqual(importing.rows("SELECT DISTINCT season_year FROM V3_Fixtures"), [[2026]], country);
  }
});

test("after a short season in spring and one from August, the spring after is of the latter", async (t) => {
  const importing = new Importing(t);
  await importing.import("JPN.csv", [
    RESULTS,
    "Japan,J1 League,2026,08/02/2026,05:00,Alpha,Gamma,1,0,H",
    "Japan,J1 League,2026/2027,08/08/2026,10:00,Alpha,Beta,1,0,H",
  ]);
  await importing.import("new_league_fixtures.csv", [FIXTURES, "Japan,J1 League,27/02/2027,05:00,Beta,Alpha"]);
  assert.deepEqual(importing.rows("SELECT season_year FROM V3_Fixtures WHERE status_short = 'NS'"), [[2026]]);
});

test("a file's own rows with a season tell about those without", async (t) => {
  const importing = new Importing(t);
  await importing.import("RUR.csv", [
    RESULTS,
    "Ruritania,First League,2026/2027,08/08/2026,18:00,Alpha,Beta,1,0,H",
    "Ruritania,First League,,27/02/2027,18:00,Beta,Alpha,,,",
  ]);
  assert.deepEqual(importing.rows("SELECT DISTINCT season_year FROM V3_Fixtures"), [[2026]]);
});
