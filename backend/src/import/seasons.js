import { scalar } from "../db/schema.js";
import { isoWithOffset } from "./uktime.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./matches.js").Match} Match */
/** @typedef {import("./leagues.js").League} League */
/** @typedef {import("./leagues.js").Calendar} Calendar */

const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;
const JULY = 6;
const AUGUST = 7;

/** No summer break is shorter, no pause within a summer overrun longer: 2019-20 went on to August without a week off. */
const SUMMER_BREAK_DAYS = 25;

/**
 * What the database tells about a league's earlier seasons.
 * @typedef {object} SeasonHistory
 * @property {(before: number) => { first: number, last: number } | null} newest first and last days (ms) of the newest season that
 *   began before a day (ms)
 * @property {(season: number, before: number) => number | null} lastDay last day (ms) of a season before a day (ms)
 */

/**
 * @param {Connection} db
 * @param {number} leagueId
 * @returns {SeasonHistory}
 */
export function seasonHistory(db, leagueId) {
  /** @type {{ year: number, first: number, last: number }[] | null} */
  let seasons = null;
  return {
    newest(before) {
      seasons ??= seasonsIn(db, leagueId);
      return seasons.find(({ first }) => first < before) ?? null;
    },
    lastDay(season, before) {
      const sql = "SELECT MAX(date) FROM V3_Fixtures WHERE league_id = ? AND season_year = ? AND date < ?";
      const date = scalar(db, sql, leagueId, season, isoWithOffset(before));
      return date === null ? null : Date.parse(String(date));
    },
  };
}

/**
 * @param {Connection} db
 * @param {number} leagueId
 * @returns {{ year: number, first: number, last: number }[]} the newest first
 */
function seasonsIn(db, leagueId) {
  const sql =
    "SELECT season_year, MIN(date), MAX(date) FROM V3_Fixtures WHERE league_id = ? GROUP BY season_year ORDER BY season_year DESC";
  const rows = /** @type {[number, string, string][]} */ (db.prepare(sql).raw().all([leagueId]));
  return rows.map(([year, first, last]) => ({ year, first: Date.parse(first), last: Date.parse(last) }));
}

/**
 * How the league plays on a day. Its newest season tells where that is less than a year old: one that began in the second half of
 * a year runs over New Year.
 * @param {League} league
 * @param {number} day ms
 * @param {SeasonHistory} history
 * @returns {Calendar['style']}
 */
function styleOn({ calendars }, day, history) {
  if (calendars.length === 1 && calendars[0].style === "winter") return "winter";
  const expected = calendars.filter(({ from }) => from <= day).pop()?.style;
  const newest = history.newest(day);
  const month = new Date(newest?.first ?? day).getUTCMonth();
  const isNear = newest !== null && day - newest.last < YEAR_MS;
  if (expected === undefined || isNear) return month >= JULY ? "winter" : (expected ?? "calendar");
  return expected;
}

/**
 * @param {number} day ms
 * @returns {number} the year in which a season over New Year began, were there no overruns
 */
function nominalSeason(day) {
  const date = new Date(day);
  return date.getUTCFullYear() - (date.getUTCMonth() >= JULY ? 0 : 1);
}

/**
 * @param {number} day ms
 * @param {number | null} previous the league's match day before (ms)
 */
function isOverrun(day, previous) {
  const month = new Date(day).getUTCMonth();
  const isSummer = month === JULY || month === AUGUST;
  return isSummer && previous !== null && day - previous <= SUMMER_BREAK_DAYS * DAY_MS;
}

/**
 * Seasons over New Year: a new one begins in July, or later where the one before ran on through the summer.
 * @param {Match[]} matches in order of day
 * @param {SeasonHistory} history
 * @returns {number[]}
 */
function winterSeasons(matches, history) {
  const first = nominalSeason(matches[0].day);
  let season = first - 1;
  let previous = history.lastDay(season, matches[0].day);
  return matches.map(({ day }) => {
    const nominal = nominalSeason(day);
    if (nominal > season && !(nominal === season + 1 && isOverrun(day, previous))) season = nominal;
    previous = day;
    return season;
  });
}

/**
 * @param {string} season as a file has it
 * @returns {number | null} the year in which it began
 */
function writtenYear(season) {
  const [, year] = /^(\d{4})(?:[-/]\d{2,4})?$/.exec(season) ?? [];
  return year === undefined ? null : Number(year);
}

/**
 * The year in which each match's season began: what the file says, or what the days tell.
 * @param {League} league
 * @param {Match[]} matches of that league, in order of day
 * @param {SeasonHistory} history
 * @returns {number[]} in the order of `matches`
 */
export function seasonsOf(league, matches, history) {
  const written = matches.map(({ season }) => writtenYear(season));
  if (!written.includes(null)) return /** @type {number[]} */ (written);
  const winter = winterSeasons(matches, history);
  const known = knownFirst(matches, written, history);
  return matches.map(({ day }, index) => {
    const style = () => styleOn(league, day, known);
    return written[index] ?? (style() === "winter" ? winter[index] : new Date(day).getUTCFullYear());
  });
}

/**
 * A file's own rows with a season tell about those without.
 * @param {Match[]} matches
 * @param {(number | null)[]} written
 * @param {SeasonHistory} history
 * @returns {SeasonHistory}
 */
function knownFirst(matches, written, history) {
  const rows = matches.flatMap(({ day }, index) => (written[index] === null ? [] : [{ day, year: Number(written[index]) }]));
  const newest = (/** @type {number} */ before) => {
    const year = rows.filter(({ day }) => day < before).pop()?.year;
    if (year === undefined) return history.newest(before);
    const days = rows.filter((row) => row.year === year && row.day < before).map(({ day }) => day);
    return { first: Math.min(...days), last: Math.max(...days) };
  };
  return { ...history, newest };
}
