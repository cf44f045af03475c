/** @typedef {import("./matches.js").Match} Match */
/** @typedef {import("./leagues.js").League} League */

const DAY_MS = 86_400_000;
const JULY = 6;
const AUGUST = 7;

/** No summer break is shorter, no pause within a summer overrun longer: 2019-20 went on to August without a week off. */
const SUMMER_BREAK_DAYS = 25;

/**
 * What the database tells about a league's earlier seasons.
 * @typedef {object} SeasonHistory
 * @property {() => number | null} firstMonth month (0-11) in which its newest season began, null without one
 * @property {(season: number, before: number) => number | null} lastDay last day (ms) of a season before a day (ms)
 */

/**
 * @param {League} league
 * @param {Match[]} matches in order of day
 * @param {SeasonHistory} history
 * @returns {'winter' | 'calendar'}
 */
function styleOf(league, matches, history) {
  if (league.season !== null) return league.season;
  const month = history.firstMonth() ?? new Date(matches[0].day).getUTCMonth();
  return month >= JULY ? "winter" : "calendar";
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
 * The year in which each match's season began: what the file says, or what the days tell.
 * @param {League} league
 * @param {Match[]} matches of that league, in order of day
 * @param {SeasonHistory} history
 * @returns {number[]} in the order of `matches`
 */
export function seasonsOf(league, matches, history) {
  const byDay =
    styleOf(league, matches, history) === "winter"
      ? winterSeasons(matches, history)
      : matches.map(({ day }) => new Date(day).getUTCFullYear());
  return matches.map(({ season }, index) => {
    const [, year] = /^(\d{4})(?:[-/]\d{2,4})?$/.exec(season) ?? [];
    return year === undefined ? byDay[index] : Number(year);
  });
}
