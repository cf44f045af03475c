/** @typedef {import("../db/schema.js").Connection} Connection */

const DAY_MS = 86_400_000;
/** No league pauses so long between two seasons. */
const OLD_DAYS = 180;
const MOST_LISTED = 10;

const MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*";
/** What a spreadsheet makes of a name that it takes for a day: `1-Jan`, `Jan-24`, `2024-01-01`, `45292`. */
const DATE = new RegExp(
  `^(\\d{1,2}[-/. ]${MONTH}([-/. ]\\d{2,4})?|${MONTH}[-/. ]\\d{1,4}|\\d{1,4}[-/.]\\d{1,2}([-/.]\\d{1,4})?( .*)?|4\\d{4})$`,
  "i",
);

/** @typedef {{ name: string, seasons: number[], last: string | null }} ReviewedLeague */

/**
 * What of the imported leagues should be looked at: names that a spreadsheet spoilt, seasons that are missing between others, and
 * leagues whose newest result is old.
 * @param {Connection} db
 * @param {number} now ms UTC
 * @returns {string[]} lines
 */
export function reviewLeagues(db, now) {
  const sql = `SELECT COALESCE(c.name || ' ', '') || l.name, json_group_array(DISTINCT season_year),
      MAX(CASE WHEN goals_home IS NOT NULL THEN date END)
    FROM V3_Leagues l LEFT JOIN V3_Countries c USING (country_id) JOIN V3_Fixtures f USING (league_id)
    WHERE l.api_id < 0 GROUP BY league_id ORDER BY 1`;
  const rows = /** @type {[string, string, string | null][]} */ (db.prepare(sql).raw().all());
  const leagues = rows.map(([name, seasons, last]) => ({ name, seasons: JSON.parse(seasons).map(Number), last }));
  return [...datedNames(db), ...gaps(leagues), ...old(leagues, now)];
}

/**
 * @param {Connection} db
 * @returns {string[]}
 */
function datedNames(db) {
  const names = /** @type {[string][]} */ (db.prepare("SELECT name FROM V3_Leagues ORDER BY name").raw().all()).map(([name]) => name);
  return shorten(
    names
      .filter((name) => DATE.test(name.trim()))
      .map((name) => `"${name}" looks like a date: a spreadsheet may have changed the league's name`),
  );
}

/**
 * @param {ReviewedLeague[]} leagues
 * @returns {string[]}
 */
function gaps(leagues) {
  return shorten(
    leagues.flatMap(({ name, seasons }) => {
      const [first, last] = [Math.min(...seasons), Math.max(...seasons)];
      const missing = Array.from({ length: last - first }, (_, i) => first + i).filter((year) => !seasons.includes(year));
      return missing.length === 0 ? [] : [`${name} lacks ${listYears(missing)} between ${first} and ${last}`];
    }),
  );
}

/** @param {number[]} years */
function listYears(years) {
  return `${years.length === 1 ? "the season" : "the seasons"} ${years.join(", ")}`;
}

/**
 * @param {ReviewedLeague[]} leagues
 * @param {number} now
 * @returns {string[]}
 */
function old(leagues, now) {
  const late = leagues.filter(({ last }) => last !== null && now - Date.parse(last) > OLD_DAYS * DAY_MS);
  return shorten(late.map(({ name, last }) => `${name}: the newest result is of ${String(last).slice(0, 10)}`));
}

/** @param {string[]} lines */
function shorten(lines) {
  const rest = lines.length - MOST_LISTED;
  return rest <= 0 ? lines : [...lines.slice(0, MOST_LISTED), `and ${rest} more leagues likewise`];
}
