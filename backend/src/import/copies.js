import { indexPrices } from "../db/schema.js";
import { mergeRows } from "./merge.js";
import { findCopies } from "./pairing.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./pairing.js").StoredFixture} StoredFixture */

const DAY_MS = 86_400_000;

/**
 * Takes out fixtures that stand twice.
 * @param {Connection} db
 * @param {StoredFixture[]} stored of one league
 * @param {boolean} repeats whether a team may receive another twice in a season
 * @returns {{ stored: StoredFixture[], dropped: number }} what is left
 */
export function dropCopies(db, stored, repeats) {
  const copies = findCopies(stored, repeats);
  if (copies.size === 0) return { stored, dropped: 0 };
  indexPrices(db);
  dropPrices(
    db,
    [...copies].filter(([gone, kept]) => Math.abs(gone.kickOff - kept.kickOff) > DAY_MS).map(([{ id }]) => id),
  );
  mergeRows(db, "V3_Fixtures", new Map([...copies].map(([gone, kept]) => [gone.id, kept.id])));
  return { stored: stored.filter((fixture) => !copies.has(fixture)), dropped: copies.size };
}

/**
 * The capture times of prices are reckoned from the kick-off, so those of another day are of no use.
 * @param {Connection} db
 * @param {number[]} fixtures
 */
function dropPrices(db, fixtures) {
  for (const table of ["V3_Odds", "V3_Odds_History"])
    db.prepare(`DELETE FROM ${table} WHERE fixture_id IN (SELECT value FROM json_each(?))`).run([JSON.stringify(fixtures)]);
}
