/** @typedef {import("./world.js").Club} Club */
/** @typedef {import("./world.js").Country} Country */

export const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SATURDAY = 6;

/** Weeks of a season, from its first Saturday. */
export const WEEKS = 46;

/** Weekends of national teams, and the winter break. */
const FREE_WEEKENDS = new Set([5, 9, 20, 21, 22, 31, 35]);

/** Midweeks of the cup, by round. */
export const CUP_ROUNDS = [
  { week: 3, name: "Round of 32" },
  { week: 11, name: "Round of 16" },
  { week: 18, name: "Quarter-finals" },
  { week: 29, name: "Semi-finals" },
  { week: 44, name: "Final" },
];

/** How long the running season has been going on at `today`: everyone finds the same matches played, whatever the day is. */
const RUNNING_DAYS = 63;

/**
 * The first Saturday of a season.
 * @param {number} today 00:00 UTC (ms)
 * @param {number} yearsAgo 0 for the running season
 * @returns {number} 00:00 UTC (ms)
 */
export function seasonStart(today, yearsAgo) {
  const start = new Date(today - RUNNING_DAYS * DAY_MS);
  const running = start.getTime() - ((start.getUTCDay() + 7 - SATURDAY) % 7) * DAY_MS;
  const { year, month, day } = partsOf(running);
  const sameDay = Date.UTC(year - yearsAgo, month, day);
  const toSaturday = (SATURDAY - new Date(sameDay).getUTCDay() + 7) % 7;
  return sameDay + (toSaturday > 3 ? toSaturday - 7 : toSaturday) * DAY_MS;
}

/** @param {number} ms */
function partsOf(ms) {
  const date = new Date(ms);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() };
}

/**
 * @param {number} today 00:00 UTC (ms)
 * @param {number} yearsAgo
 * @returns {number} the year in which the season began
 */
export function seasonYear(today, yearsAgo) {
  return partsOf(seasonStart(today, 0)).year - yearsAgo;
}

/**
 * Spreads rounds over the weekends of a season.
 * @param {number} rounds at most 39
 * @returns {Map<number, number>} round (from 0) by week
 */
export function roundsByWeek(rounds) {
  const weekends = Array.from({ length: WEEKS }, (_, week) => week).filter((week) => !FREE_WEEKENDS.has(week));
  const step = (weekends.length - 1) / (rounds - 1);
  return new Map(Array.from({ length: rounds }, (_, round) => [weekends[Math.round(round * step)], round]));
}

/**
 * Everyone plays everyone at home and away, by the circle method; the second half mirrors the first.
 * @template T
 * @param {readonly T[]} clubs an even number of them
 * @returns {[T, T][][]} home and away side, by round
 */
export function roundRobin(clubs) {
  const [fixed, ...others] = clubs;
  const firstHalf = others.map((_, round) => {
    const turned = [fixed, ...others.slice(round), ...others.slice(0, round)];
    return Array.from({ length: clubs.length / 2 }, (_, i) => {
      const pair = /** @type {[T, T]} */ ([turned[i], turned[clubs.length - 1 - i]]);
      return (i === 0 ? round : i) % 2 === 0 ? pair : /** @type {[T, T]} */ ([pair[1], pair[0]]);
    });
  });
  return [...firstHalf, ...firstHalf.map((round) => round.map(([home, away]) => /** @type {[T, T]} */ ([away, home])))];
}

/**
 * @param {Country} country
 * @param {number} saturday 00:00 UTC (ms)
 * @param {number} index of the match in its round
 * @returns {number} kick-off (ms UTC)
 */
export function weekendKickOff(country, saturday, index) {
  const [day, hour, minute] = country.kickOffs[index];
  return localTime(country, saturday + day * DAY_MS, hour, minute);
}

/**
 * @param {Country} country
 * @param {number} saturday 00:00 UTC (ms)
 * @param {number} index of the match in its round
 * @returns {number} kick-off on the Wednesday after (ms UTC)
 */
export function midweekKickOff(country, saturday, index) {
  return localTime(country, saturday + 4 * DAY_MS, index % 2 === 0 ? 19 : 20, index % 2 === 0 ? 30 : 45);
}

/**
 * @param {Country} country
 * @param {number} midnight
 * @param {number} hour
 * @param {number} minute
 */
function localTime({ utcOffset }, midnight, hour, minute) {
  return midnight + (hour - utcOffset) * HOUR_MS + minute * MINUTE_MS;
}

/**
 * @param {number} start first Saturday of the season (ms)
 * @param {number} week
 * @returns {number} the week's Saturday (ms)
 */
export function saturdayOf(start, week) {
  return start + week * WEEK_MS;
}
