/** @typedef {import("./matches.js").Match} Match */

const JULY = 6;
const FIRST_YEAR = 1870;
const LAST_YEAR = 2100;

/** @param {number} short two digits of a year */
const century = (short) => short + (short > 70 ? 1900 : 2000);

/**
 * @typedef {object} SeasonYears what a season's text can mean: the year in which it begins
 * @property {number | null} code where it names two years: `2023-24`, `23/24`, `2324`
 * @property {number | null} year where it names one
 */

/**
 * @param {string} text
 * @returns {SeasonYears} `2021` can be either; neither where it is no season
 */
function meaningsOf(text) {
  const numbers = text.replace(/\.0$/, "").match(/\d+/g) ?? [];
  const [first, second] = numbers.length === 1 ? halvesOf(numbers[0]) : numbers;
  const isYear = numbers.length === 1 && numbers[0].length === 4 && Number(numbers[0]) >= FIRST_YEAR && Number(numbers[0]) <= LAST_YEAR;
  return { code: numbers.length > 2 ? null : codeOf(first, second), year: isYear ? Number(numbers[0]) : null };
}

/** @param {string} digits */
function halvesOf(digits) {
  const middle = digits.length === 6 ? 4 : digits.length / 2;
  return [digits.slice(0, middle), digits.slice(middle)];
}

/**
 * @param {string | undefined} first
 * @param {string | undefined} second the year after
 * @returns {number | null}
 */
function codeOf(first, second) {
  if (first === undefined || second === undefined || !/^(\d{2}|\d{4})$/.test(first) || !/^(\d{2}|\d{4})$/.test(second)) return null;
  const start = first.length === 2 ? century(Number(first)) : Number(first);
  return (start + 1) % 100 === Number(second) % 100 && start >= FIRST_YEAR && start <= LAST_YEAR ? start : null;
}

/**
 * @param {Match[]} matches
 * @param {number} year
 * @returns {boolean} whether any was played in that year
 */
const isAnyIn = (matches, year) => matches.some(({ day }) => new Date(day).getUTCFullYear() === year);

/**
 * The season of matches that one file gives one text: `2021` is the season 2020-21 where one of them was played in 2020, or where
 * the file's other seasons are written so. One year is where the season begins, unless its matches say that it ends there.
 * @param {string} text
 * @param {Match[]} matches of one league
 * @param {boolean} isCoded whether another season of the file can only be read as two years in four digits
 * @returns {string} `2023/2024`, `2023`, or '' where the text is no season of these days
 */
function seasonName(text, matches, isCoded) {
  const { code, year } = meaningsOf(text);
  const twoYears = (/** @type {number} */ start) => `${start}/${start + 1}`;
  if (code !== null && (year === null || isCoded || isAnyIn(matches, year - 1))) return fits(code, matches) ? twoYears(code) : "";
  if (year === null || !fits(year, matches) || isCalendarYear(year, matches)) return "";
  return isLastYear(year, matches) ? twoYears(year - 1) : String(year);
}

/**
 * @param {Match} match
 * @returns {boolean} whether its league's seasons have always run over New Year
 */
const isWinter = ({ league: { calendars } }) => calendars.length === 1 && calendars[0].style === "winter";

/** @param {Match} match */
const month = ({ day }) => new Date(day).getUTCMonth();

/**
 * @param {number} year
 * @param {Match[]} matches
 * @returns {boolean} whether the text is the year in which the season ends
 */
function isLastYear(year, matches) {
  const isSpring = isWinter(matches[0]) && matches.every((match) => month(match) < JULY) && !isAnyIn(matches, year + 1);
  return isSpring || isAnyIn(matches, year - 1);
}

/**
 * @param {number} year
 * @param {Match[]} matches
 * @returns {boolean} whether the text is but the year of the date, in a league whose seasons run over New Year
 */
function isCalendarYear(year, matches) {
  const isWithin = matches.every(({ day }) => new Date(day).getUTCFullYear() === year);
  return isWithin && isWinter(matches[0]) && matches.some((match) => month(match) < JULY) && matches.some((match) => month(match) > JULY);
}

/**
 * @param {number} start
 * @param {Match[]} matches
 * @returns {boolean} whether all of them can belong to a season that begins then, or ends
 */
function fits(start, matches) {
  return matches.every(({ day }) => Math.abs(new Date(day).getUTCFullYear() - start) <= 1);
}

/**
 * Brings the seasons of a file's matches into one form, `2023/2024` or `2023`; '' where the text says nothing.
 * @param {Match[]} matches changed
 * @param {(match: Match, text: string) => void} leaveOut told of the first match of each text that is no season
 */
export function nameSeasons(matches, leaveOut) {
  /** @type {Map<string, Match[]>} */
  const groups = new Map();
  for (const match of matches) {
    if (match.season === "") continue;
    const key = `${match.league.country}|${match.league.name}|${match.season}`;
    const group = groups.get(key);
    if (group) group.push(match);
    else groups.set(key, [match]);
  }
  const isCoded = [...groups.values()].some(([{ season }]) => /^\d{4}$/.test(season) && isOnlyCode(season));
  for (const group of groups.values()) {
    const text = group[0].season;
    const name = seasonName(text, group, isCoded);
    if (name === "") leaveOut(group[0], text);
    for (const match of group) match.season = name;
  }
}

/** @param {string} text four digits; no file of these leagues goes back to 1920 */
function isOnlyCode(text) {
  const { code, year } = meaningsOf(text);
  return code !== null && (year === null || year < 1950);
}
