import { setImmediate } from "node:timers/promises";
import { DEMO_APPLICATION_ID } from "../db/schema.js";
import { seasonStart, seasonYear } from "./calendar.js";
import { Random } from "./random.js";
import { Season, promote } from "./season.js";
import { COUNTRIES, foundClubs, passSummer } from "./world.js";
import { DemoWriter } from "./writer.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./world.js").Club} Club */

/** Seasons, the running one included. */
const SEASONS = 12;
/** The newest seasons have every bookmaker, and the newest of them further markets. */
const FULL_SEASONS = 4;
const FURTHER_SEASONS = 2;

/**
 * One country from its first season to the running one.
 * @param {DemoWriter} writer
 * @param {number} index of the country
 * @param {number} today 00:00 UTC (ms)
 * @param {number} firstId of its clubs
 */
async function writeCountry(writer, index, today, firstId) {
  const country = COUNTRIES[index];
  /** @type {[Club[], Club[]]} */
  let clubs = foundClubs(country, firstId);
  writer.writeCountry(country, index, clubs.flat());
  for (let yearsAgo = SEASONS - 1; yearsAgo >= 0; yearsAgo -= 1) {
    clubs.forEach((division, level) => passSummer(division, level, new Random(`summer|${country.name}|${yearsAgo}|${level}`)));
    const season = new Season({
      country,
      clubs,
      yearsAgo,
      year: seasonYear(today, yearsAgo),
      start: seasonStart(today, yearsAgo),
      today,
      isOld: yearsAgo >= FULL_SEASONS,
      hasFurther: yearsAgo < FURTHER_SEASONS,
    });
    season.run();
    writer.writeSeason(season, index, yearsAgo === 0);
    if (yearsAgo > 0) clubs = promote(season);
    await setImmediate();
  }
}

/**
 * Fills an empty V3 database with simulated leagues. Everyone gets the same matches; `today` moves them to its calendar.
 * @param {Connection} db
 * @param {number} today 00:00 UTC (ms)
 * @returns {Promise<number>} fixtures
 */
export async function fillDemo(db, today) {
  const writer = new DemoWriter(db, today);
  let firstId = 1;
  for (const [index, { divisions }] of COUNTRIES.entries()) {
    await writeCountry(writer, index, today, firstId);
    firstId += divisions[0].teams + divisions[1].teams;
  }
  writer.writeFurther();
  db.pragma(`application_id = ${DEMO_APPLICATION_ID}`);
  return writer.fixtures;
}
