import assert from "node:assert/strict";
import { test } from "node:test";
import { Importing } from "./dbScripts.js";

const HEADER = "Country,League,Season,Date,Time,Home,Away,HG,AG,Res";

/**
 * @param {import("node:test").TestContext} t
 * @param {string[]} rows
 * @returns {Promise<string>} what the import says of the leagues
 */
async function review(t, rows) {
  const { stdout } = await new Importing(t).import("file.csv", [HEADER, ...rows]);
  return stdout.slice(Math.max(0, stdout.indexOf("leagues to look at:")));
}

const RECENT = new Date(Date.now() - 30 * 86_400_000);
const today = RECENT.toISOString().slice(0, 10);

for (const name of ["1-Jan", "01-Jan-24", "Jan-01", "2024-01-02", "1/2/2024", "45292"]) {
  test(`a league called ${name} is named as one that a spreadsheet may have changed`, async (t) => {
    assert.ok((await review(t, [`Ruritania,${name},2024,${today},18:00,Alpha,Beta,1,0,H`])).includes(`"${name}" looks like a date`));
  });
}

for (const name of ["2. Bundesliga", "J1 League", "Super League 1", "Division 1-A", "1. Liga"]) {
  test(`${name} is no date`, async (t) => {
    assert.doesNotMatch(await review(t, [`Ruritania,${name},2024,${today},18:00,Alpha,Beta,1,0,H`]), /looks like a date/);
  });
}

test("seasons that are missing between others are named", async (t) => {
  const rows = [2015, 2016, 2018, 2021].map((year) => `Ruritania,First League,${year},08/08/${year},18:00,Alpha,Beta,1,0,H`);
  assert.match(await review(t, rows), /Ruritania First League lacks the seasons 2017, 2019, 2020 between 2015 and 2021/);
});

test("a league whose newest result is old is named with its day, one of last month's results is not", async (t) => {
  const said = await review(t, [
    "Ruritania,First League,2024,08/08/2024,18:00,Alpha,Beta,1,0,H",
    `Ruritania,Second League,2026,${today},18:00,Gamma,Delta,1,0,H`,
  ]);
  assert.match(said, /Ruritania First League: the newest result is of 2024-08-08/);
  assert.doesNotMatch(said, /Second League/);
});
