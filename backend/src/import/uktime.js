const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const LONDON = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", timeZoneName: "longOffset" });

/**
 * London's offset from UTC by the time zone database; slow, so only `switchesOf` asks it.
 * @param {number} utcMs
 * @returns {number} minutes
 */
function offsetMinutes(utcMs) {
  const name = LONDON.formatToParts(utcMs).find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? ["", "+", "0", "0"];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/**
 * The minute at which the offset changes, by bisection.
 * @param {number} before an instant with the old offset
 * @param {number} after an instant with the new one
 * @returns {number} first instant (ms) with the new one
 */
function findSwitch(before, after) {
  const old = offsetMinutes(before);
  let [low, high] = [before, after];
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offsetMinutes(middle) === old) low = middle;
    else high = middle;
  }
  return high;
}

/** @typedef {{ at: number, offset: number }} Switch from `at` (ms UTC) on, `offset` minutes hold */

/** @type {Map<number, Switch[]>} */
const switchesByYear = new Map();

/**
 * @param {number} year
 * @returns {Switch[]} the year's offsets in order, the first from its beginning
 */
function switchesOf(year) {
  const known = switchesByYear.get(year);
  if (known) return known;
  const start = Date.UTC(year, 0, 1);
  const switches = [{ at: start, offset: offsetMinutes(start) }];
  for (let day = start; day < Date.UTC(year + 1, 0, 1); day += 7 * DAY_MS) {
    const offset = offsetMinutes(day + 7 * DAY_MS);
    if (offset !== switches[switches.length - 1].offset) switches.push({ at: findSwitch(day, day + 7 * DAY_MS), offset });
  }
  switchesByYear.set(year, switches);
  return switches;
}

/**
 * UK local time to UTC. An hour that the clocks skip is read with the offset before it, one that comes twice as its first.
 * @param {number} localMs the local wall clock, written as if it were UTC (ms)
 * @returns {number} ms UTC
 */
export function londonToUtc(localMs) {
  const switches = switchesOf(new Date(localMs).getUTCFullYear());
  let offset = switches[0].offset;
  for (const { at, offset: next } of switches) {
    if (localMs - offset * MINUTE_MS >= at) offset = next;
  }
  return localMs - offset * MINUTE_MS;
}

/**
 * @param {number} utcMs
 * @returns {string} the application's form, `2024-08-17T14:00:00+00:00`
 */
export function isoWithOffset(utcMs) {
  return `${new Date(utcMs).toISOString().slice(0, 19)}+00:00`;
}

/**
 * @param {number} utcMs
 * @returns {number} the local wall clock of the United Kingdom, written as if it were UTC (ms)
 */
export function utcToLondon(utcMs) {
  const switches = switchesOf(new Date(utcMs).getUTCFullYear());
  const current = switches.filter(({ at }) => at <= utcMs).at(-1) ?? switches[0];
  return utcMs + current.offset * MINUTE_MS;
}
