import assert from "node:assert/strict";
import { test } from "node:test";
import { londonToUtc } from "../src/import/uktime.js";

/** @param {string} local */
const utc = (local) => new Date(londonToUtc(Date.parse(`${local}:00Z`))).toISOString().slice(0, 16);

test("summer time begins on the last Sunday of March at 01:00", () => {
  assert.equal(utc("2024-03-31T00:59"), "2024-03-31T00:59");
  assert.equal(utc("2024-03-31T02:00"), "2024-03-31T01:00");
});

test("summer time ends on the last Sunday of October at 01:00 UTC", () => {
  assert.equal(utc("2024-10-27T00:59"), "2024-10-26T23:59");
  assert.equal(utc("2024-10-27T02:00"), "2024-10-27T02:00");
});

test("summer time of 1994 ended a week before that of the continent", () => {
  assert.equal(utc("1994-10-22T15:00"), "1994-10-22T14:00");
  assert.equal(utc("1994-10-23T15:00"), "1994-10-23T15:00");
});

test("half an hour past midnight in summer is the day before in UTC", () => {
  assert.equal(utc("2024-07-05T00:30"), "2024-07-04T23:30");
});

test("every hour of thirty years agrees with the time zone database", () => {
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/London", dateStyle: "short", timeStyle: "short" });
  for (let day = Date.UTC(1993, 6, 1); day < Date.UTC(2027, 0, 1); day += 11 * 3_600_000 * 13) {
    const local = clock.format(day).replace(" ", "T");
    assert.equal(utc(local), new Date(day).toISOString().slice(0, 16));
  }
});
