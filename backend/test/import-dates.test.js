import assert from "node:assert/strict";
import { test } from "node:test";
import { dayOrder, readClock, readDate } from "../src/import/dates.js";
import { Importing } from "./dbScripts.js";

const HEADER = "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG";
const TEAMS = ["Arsenal", "Leeds", "Luton", "Fulham", "Wolves", "Everton", "Burnley", "Chelsea", "Wigan"];

/** @param {string[]} dates */
const season = (dates) => [HEADER, ...dates.map((date, i) => `E0,${date},${TEAMS[i]},${TEAMS[(i + 1) % TEAMS.length]},1,0`)];

/** @param {string} text */
const utc = (text, order = /** @type {"day" | "month"} */ ("day")) => {
  const date = readDate(text, order);
  if (date === null) return null;
  return new Date(date.day + (date.minute ?? 0) * 60_000).toISOString().slice(0, 16).replace("T00:00", "");
};

test("a file whose dates have the month first is read so as a whole, and says so", async (t) => {
  const importing = new Importing(t);
  const dates = ["8/17/2024", "8/24/2024", "9/1/2024", "9/14/2024", "10/5/2024", "10/19/2024", "11/2/2024", "12/7/2024", "12/26/2024"];
  const { stdout } = await importing.import("E0.csv", season(dates));
  assert.deepEqual(
    importing.fixtures().map(([day]) => day),
    ["2024-08-17", "2024-08-24", "2024-09-01", "2024-09-14", "2024-10-05", "2024-10-19", "2024-11-02", "2024-12-07", "2024-12-26"],
  );
  assert.match(stdout, /0 refused/);
  assert.match(stdout, /E0\.csv  its dates are read with the month first/);
});

const UNSURE = /** @type {[string, string[], RegExp][]} */ ([
  [
    "mixes both orders",
    ["17/08/2024", "24/08/2024", "9/14/2024", "10/19/2024"],
    /day first \(17\/08\/2024 in line 2\) and with the month first \(9\/14\/2024 in line 4\)/,
  ],
  ["has rounds a week apart only with the month first", ["9/1/2024", "9/8/2024"], /look month first \(9\/1\/2024 in line 2\)/],
  [
    "is in order only with the month first",
    ["8/10/2024", "9/7/2024", "10/5/2024", "11/9/2024"],
    /look month first \(8\/10\/2024 in line 2\)/,
  ],
  [
    "has one date that can only have the month first",
    ["01/08/2024", "02/08/2024", "03/08/2024", "04/08/2024", "05/08/2024", "06/08/2024", "08/13/2024"],
    /look month first \(08\/13\/2024 in line 8\)/,
  ],
]);

for (const [fault, dates, reason] of UNSURE) {
  test(`a file that ${fault} is left out whole, in one line`, async (t) => {
    const importing = new Importing(t);
    const { code, stdout } = await importing.import("E0.csv", season(dates));
    assert.equal(code, 1);
    assert.match(stdout, reason);
    assert.equal(stdout.split("\n").filter((line) => line.includes("E0.csv")).length, 1);
  });
}

test("one slip among dates with the day first costs its row alone", () => {
  const cells = ["13/08/2024", "20/08/2024", "27/08/2024", "09/17/2024"].map((text, index) => ({ line: index + 2, text }));
  assert.equal(dayOrder(cells), "day");
});

test("dates that fit both orders have the day first, as the site's", () => {
  assert.equal(
    dayOrder([
      { line: 2, text: "03/09/2024" },
      { line: 3, text: "10/09/2024" },
      { line: 4, text: "01/10/2024" },
    ]),
    "day",
  );
});

const DAY_FORMS = [
  "2023-08-12", "2023-08-12 00:00:00", "2023-08-12T00:00:00", "2023-08-12T00:00:00Z", "2023-08-11T23:00:00.000Z", "2023-08-12 00:00:00+00:00",
  "12-08-2023", "12.08.2023", "12.08.23", "12/08/2023 00:00", "12/8/23", "12. 8. 2023", "2023/08/12", "2023.08.12.", "20230812", "12-Aug-23", "12-Aug-2023",
  "12 Aug 2023", "12 August 2023", "12th August 2023", "Aug 12, 2023", "August 12 2023", "2023-Aug-12", "Sat 12/08/2023", "Saturday, 12 August 2023",
  "Sat Aug 12 2023", "12. Aug. 2023", "12-août-23", "12 de agosto de 2023", "sábado, 12 de agosto de 2023", "mar 12 ago 2023", "45150", "45150.0",
  "19581", "1691798400", "1691798400000",
]; // prettier-ignore

for (const form of DAY_FORMS) {
  test(`${form} is 12 August 2023`, () => assert.equal(utc(form), "2023-08-12"));
}

const MOMENT_FORMS = [
  "2023-08-12 15:00:00", "2023-08-12T14:00:00Z", "2023-08-12T14:00:00.000Z", "2023-08-12 14:00:00+00:00", "2023-08-12T16:00:00+0200", "12/08/2023 15:00",
  "12.08.2023 15:00:00", "12/08/2023 3:00 PM", "12-Aug-23 15:00", "Sat Aug 12 2023 15:00:00 GMT+0100 (British Summer Time)", "45150.625", "45150,625", "1691848800",
]; // prettier-ignore

for (const form of MOMENT_FORMS) {
  test(`${form} is three in the afternoon of 12 August 2023 in the United Kingdom`, () => assert.equal(utc(form), "2023-08-12T15:00"));
}

for (const form of ["31/02/2024", "2023-13-01", "12/2023", "tomorrow", "1/1/1", "99999999", "99999", "1234", "Round 12"]) {
  test(`${form} is no date`, () => assert.equal(utc(form), null));
}

const CLOCKS = /** @type {[string, number | null][]} */ ([
  ["15:00", 900],
  ["15:00:00", 900],
  ["3:00 PM", 900],
  ["3:00pm", 900],
  ["3:00:00 p.m.", 900],
  ["3 PM", 900],
  ["12:30 AM", 30],
  ["12:30 PM", 750],
  ["15.00", 900],
  ["15h00", 900],
  ["1500", 900],
  ["15:00 BST", 900],
  ["0.625", 900],
  ["0,625", 900],
  ["1899-12-30 15:00:00", 900],
  ["0 days 15:00:00", 900],
  ["25:00", null],
  ["15:60", null],
  ["15", null],
  ["soon", null],
]);

for (const [text, minute] of CLOCKS) {
  test(`${text} is ${minute === null ? "no time of day" : `minute ${minute} of the day`}`, () => assert.equal(readClock(text), minute));
}

test("the column of times says the hour where the date is a day, and the date where there is no such column", async (t) => {
  const importing = new Importing(t);
  await importing.import("pandas.csv", ["Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG", "E0,2023-08-12 00:00:00,3:00 PM,Arsenal,Leeds,1,0"]);
  await importing.import("excel.csv", [HEADER, "E0,13/08/2023 16:30,Luton,Fulham,1,0"]);
  assert.deepEqual(importing.rows("SELECT date FROM V3_Fixtures ORDER BY date").flat(), [
    "2023-08-12T14:00:00+00:00",
    "2023-08-13T15:30:00+00:00",
  ]);
});

test("an hour that is not set yet is no fault", async (t) => {
  const importing = new Importing(t);
  const { stdout } = await importing.import("E0.csv", ["Div,Date,Time,HomeTeam,AwayTeam", "E0,12/08/2090,TBC,Arsenal,Leeds"]);
  assert.doesNotMatch(stdout, /left out/);
  assert.deepEqual(importing.rows("SELECT date, timestamp FROM V3_Fixtures"), [["2090-08-12T00:00:00+00:00", null]]);
});
