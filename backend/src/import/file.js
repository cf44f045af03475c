import { readFileSync } from "node:fs";
import { inTransaction } from "../db/schema.js";
import { teamKey } from "./aliases.js";
import { divisionOfPath } from "./division.js";
import { FixtureWriter } from "./fixtures.js";
import { identify, remarksOnPairs } from "./identity.js";
import { leagueKey } from "./leagues.js";
import { readMatches, remarksOnOverdue } from "./matches.js";
import { addMended, nothingMended } from "./mend.js";
import { OddsWriter } from "./odds.js";
import { findRepeated, groupBy, pairUp } from "./pairing.js";
import { writeStats } from "./stats.js";
import { readTables } from "./table.js";
import { BrokenFileError, decode } from "./text.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./directory.js").Directory} Directory */
/** @typedef {import("./matches.js").Match} Match */
/** @typedef {import("./matches.js").Reading} Reading */
/** @typedef {import("./matches.js").Remark} Remark */
/** @typedef {import("./pairing.js").Candidate} Candidate */

/**
 * What became of a file.
 * @typedef {object} Outcome
 * @property {number} read rows with anything in them
 * @property {number} inserted fixtures that are new
 * @property {number} updated fixtures of which anything changed: result, hour, figures or prices
 * @property {number} unchanged fixtures that were known as they are
 * @property {number} leagues new ones
 * @property {number} teams new ones
 * @property {number} prices new sets in the history
 * @property {Remark[]} refused rows
 * @property {Remark[]} leftOut values of rows that were taken
 * @property {Remark[]} remarks on how the file, or a row of it, is understood
 * @property {import("./mend.js").Mended} mended
 * @property {string[]} unreadPrices whose prices the file has that are not read
 */

/**
 * @param {string} path
 * @returns {Buffer}
 * @throws {BrokenFileError}
 */
function bytesOf(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new BrokenFileError(`cannot be read (${Reflect.get(/** @type {Error} */ (error), "code")})`, { cause: error });
  }
}

/**
 * @param {string} path
 * @param {{ now: number, division?: string | null }} options `now` in ms UTC; the division of rows that name none, unless given the
 *   one that the file's name tells
 * @returns {Reading}
 * @throws {BrokenFileError}
 */
export function readFile(path, { now, division }) {
  return readMatches(readTables(decode(bytesOf(path))), { now, division: division ?? divisionOfPath(path) });
}

/**
 * @param {Connection} db
 * @param {number} leagueId
 * @param {number} first season touched
 * @param {number} last season touched
 * @param {number} now ms UTC
 */
function writeSeasons(db, leagueId, first, last, now) {
  db.prepare(
    `
    INSERT INTO V3_League_Seasons (league_id, season_year, start_date, end_date)
    SELECT league_id, season_year, substr(MIN(date), 1, 10), substr(MAX(date), 1, 10) FROM V3_Fixtures
    WHERE league_id = ? AND season_year BETWEEN ? AND ? GROUP BY season_year
    ON CONFLICT (league_id, season_year) DO UPDATE SET start_date = excluded.start_date, end_date = excluded.end_date`,
  ).run([leagueId, first, last]);
  db.prepare(
    `
    UPDATE V3_League_Seasons
    SET is_current = (season_year IS (SELECT MAX(season_year) FROM V3_League_Seasons WHERE league_id = ?1 AND season_year <= ?2))
    WHERE league_id = ?1`,
  ).run([leagueId, new Date(now).getUTCFullYear()]);
}

/**
 * @param {Candidate[]} candidates
 * @param {boolean} repeats whether a team may receive another twice in a season
 * @returns {{ kept: Candidate[], refused: Remark[] }}
 */
function withoutRepeated(candidates, repeats) {
  const repeated = findRepeated(candidates, repeats);
  const refused = [...repeated].map(([row, kept]) => ({
    line: row.match.line,
    reason: `the same match as line ${kept.match.line}`,
    kind: "same match",
  }));
  return { kept: candidates.filter((candidate) => !repeated.has(candidate)), refused };
}

/**
 * Writes one league's matches of a file.
 * @param {Connection} db
 * @param {Directory} directory
 * @param {Match[]} matches
 * @param {{ now: number, named: Set<string> }} context `now` in ms UTC; the keys of the file's leagues
 */
function writeLeague(db, directory, matches, { now, named }) {
  const { league } = matches[0];
  const { leagueId, first, last, candidates, stored, isOlder, remarks, mended } = identify(db, directory, matches, named);
  const { kept, refused } = withoutRepeated(candidates, league.repeats);
  const names = new Map(
    kept.flatMap(({ match, home, away }) => [
      [home, match.home],
      [away, match.away],
    ]),
  );
  const teamName = (/** @type {number} */ id) => teamKey(league.country, names.get(id) ?? "");
  const writer = new FixtureWriter(db, leagueId, { name: leagueKey(league), isOlder });
  const fixtures = writer.write(pairUp(kept, stored, league.repeats), stored, teamName);
  const odds = new OddsWriter(db, now);
  writeStats(db, fixtures.placed, fixtures.updated);
  odds.write(fixtures.placed, fixtures.updated);
  writeSeasons(db, leagueId, first, last, now);
  const overdue = fixtures.placed.filter(({ stale }) => !stale).flatMap(({ match }) => remarksOnOverdue(match, now));
  const updated = fixtures.placed.filter(({ id, isNew }) => !isNew && fixtures.updated.has(id)).length;
  return {
    inserted: fixtures.inserted,
    updated,
    unchanged: kept.length - fixtures.inserted - updated,
    prices: odds.counts.inserted,
    refused,
    remarks: [...remarks, ...remarksOnPairs(fixtures.placed), ...overdue],
    mended: { ...nothingMended(), ...mended, statuses: writer.mended, prices: odds.counts.mended },
  };
}

/**
 * Writes a file's matches in a transaction: all of it is in the database afterwards, or, where anything fails, nothing.
 * @param {Directory} directory of the database
 * @param {Reading} reading
 * @param {number} now ms UTC
 * @returns {Outcome}
 */
export function writeFile(directory, { matches, refused, leftOut, remarks, unreadPrices }, now) {
  const { db } = directory;
  return inTransaction(db, () => {
    directory.begin();
    const outcome = {
      read: matches.length + refused.length,
      inserted: 0,
      updated: 0,
      unchanged: 0,
      leagues: 0,
      teams: 0,
      prices: 0,
      refused: [...refused],
      leftOut,
      remarks: [...remarks],
      unreadPrices,
      mended: nothingMended(),
    };
    const leagues = groupBy(matches, ({ league }) => leagueKey(league));
    for (const group of leagues.values()) {
      const written = writeLeague(db, directory, group, { now, named: new Set(leagues.keys()) });
      outcome.inserted += written.inserted;
      outcome.updated += written.updated;
      outcome.unchanged += written.unchanged;
      outcome.prices += written.prices;
      outcome.refused.push(...written.refused);
      outcome.remarks.push(...written.remarks);
      addMended(outcome.mended, written.mended);
    }
    return { ...outcome, ...directory.created };
  });
}
