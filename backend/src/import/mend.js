import { inTransaction } from "../db/schema.js";
import { teamKey, usualSpelling } from "./aliases.js";
import { dropCopies } from "./copies.js";
import { loadFixtures } from "./fixtures.js";
import { leagueKey, leagueOfCountry } from "./leagues.js";
import { mergeRows } from "./merge.js";
import { groupBy } from "./pairing.js";

/** @typedef {import("../db/schema.js").Connection} Connection */

const FIRST_SEASON = 0;
const LAST_SEASON = 9999;

/**
 * Rows that earlier imports left wrong and that are right now.
 * @typedef {object} Mended
 * @property {number} leagues renamed, or merged with another name's
 * @property {number} teams renamed, or merged with another spelling's
 * @property {number} seasons of fixtures that were two years in four digits, 2324, and are the year in which they began
 * @property {number} fixtures that stood twice
 * @property {number} statuses of matches whose result is the same
 * @property {number} prices whose capture time was wrong
 */

/** @returns {Mended} */
export const nothingMended = () => ({ leagues: 0, teams: 0, seasons: 0, fixtures: 0, statuses: 0, prices: 0 });

/**
 * @param {Mended} sum changed
 * @param {Mended} more
 */
export function addMended(sum, more) {
  for (const what of /** @type {(keyof Mended)[]} */ (Object.keys(sum))) sum[what] += more[what];
}

/** @typedef {{ id: number, name: string, country: string }} Named */

/**
 * @param {Connection} db
 * @param {string} sql
 * @returns {Named[]} in order of id
 */
function namedRows(db, sql) {
  const rows = /** @type {[number, string, string][]} */ (db.prepare(sql).raw().all());
  return rows.map(([id, name, country]) => ({ id, name, country }));
}

/**
 * Brings the rows of one thing together under its usual name.
 * @param {Connection} db
 * @param {'V3_Leagues' | 'V3_Teams'} table
 * @param {Named[]} rows
 * @param {{ keyOf: (row: Named) => string, nameOf: (row: Named) => string }} names
 * @returns {Named[]} rows that are renamed or merged into another
 */
function mendNames(db, table, rows, { keyOf, nameOf }) {
  /** @type {Map<number, number>} */
  const merged = new Map();
  const rename = db.prepare(`UPDATE ${table} SET name = ? WHERE ${table === "V3_Teams" ? "team_id" : "league_id"} = ?`);
  const changed = [...groupBy(rows, keyOf).values()].flatMap((same) => {
    const kept = same.find((row) => row.name === nameOf(row)) ?? same[0];
    const others = same.filter(({ id }) => id !== kept.id);
    for (const { id } of others) merged.set(id, kept.id);
    if (kept.name === nameOf(kept)) return others;
    rename.run([nameOf(kept), kept.id]);
    return [kept, ...others];
  });
  mergeRows(db, table, merged);
  return changed;
}

/**
 * @param {Connection} db
 * @returns {Named[]} the imported leagues
 */
function importedLeagues(db) {
  return namedRows(
    db,
    "SELECT league_id, l.name, c.name FROM V3_Leagues l JOIN V3_Countries c USING (country_id) WHERE l.api_id < 0 ORDER BY league_id",
  );
}

const MISREAD = "api_id < 0 AND ABS(season_year - CAST(substr(date, 1, 4) AS INTEGER)) > 1 AND season_year BETWEEN 0 AND 9999";
/** The first two digits, of this century up to 70. */
const BEGUN = "season_year / 100 + CASE WHEN season_year / 100 > 70 THEN 1900 ELSE 2000 END";

/**
 * @param {Connection} db
 * @returns {number} of fixtures whose season is a code, such as 2324, and not a year near their day
 */
function mendSeasons(db) {
  const where = `${MISREAD} AND ABS(${BEGUN} - CAST(substr(date, 1, 4) AS INTEGER)) <= 1`;
  const { changes } = db.prepare(`UPDATE V3_Fixtures SET season_year = ${BEGUN} WHERE ${where}`).run();
  if (changes === 0) return 0;
  db.exec(`DELETE FROM V3_League_Seasons WHERE (league_id, season_year) NOT IN (SELECT league_id, season_year FROM V3_Fixtures)
    AND league_id IN (SELECT league_id FROM V3_Leagues WHERE api_id < 0)`);
  return changes;
}

/**
 * Mends names that an earlier import, with a smaller table of spellings, kept apart, and the fixtures that stand twice for it.
 * Rows of API-Football are never touched.
 * @param {Connection} db
 * @returns {Mended}
 */
export function mendDatabase(db) {
  return inTransaction(db, () => {
    const seasons = mendSeasons(db);
    const leagueOf = (/** @type {Named} */ { country, name }) => leagueOfCountry(country, name);
    const leagues = mendNames(db, "V3_Leagues", importedLeagues(db), {
      keyOf: (row) => leagueKey(leagueOf(row)),
      nameOf: (row) => leagueOf(row).name,
    });
    const teams = mendNames(
      db,
      "V3_Teams",
      namedRows(db, "SELECT team_id, name, country FROM V3_Teams WHERE api_id < 0 ORDER BY team_id"),
      { keyOf: ({ country, name }) => teamKey(country, name), nameOf: ({ country, name }) => usualSpelling(country, name) },
    );
    const countries = new Set([...leagues, ...teams].map(({ country }) => country));
    const fixtures = importedLeagues(db)
      .filter(({ country }) => countries.has(country))
      .map((row) => dropCopies(db, loadFixtures(db, row.id, FIRST_SEASON, LAST_SEASON), leagueOf(row).repeats).dropped);
    const doubled = fixtures.reduce((sum, count) => sum + count, 0);
    return { ...nothingMended(), leagues: leagues.length, teams: teams.length, seasons, fixtures: doubled };
  });
}
