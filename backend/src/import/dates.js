import { toNumber } from "./csv.js";
import { BrokenFileError } from "./text.js";
import { utcToLondon } from "./uktime.js";

/**
 * @typedef {object} LocalTime
 * @property {number} day 00:00 of the day in the United Kingdom, as if it were UTC (ms)
 * @property {number | null} minute of that day, null where only the day is known
 */
/** @typedef {"day" | "month"} Order which of two numbers before a year comes first */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

const ORDERED = /^(\d{1,2})[-/. ]+(\d{1,2})[-/. ]+(\d{4}|\d{2})$/;
const YEAR_FIRST = /^(\d{4})[-/. ]+(\d{1,2})[-/. ]+(\d{1,2})$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;
const SERIAL = /^(\d{4,5})(?:[.,]\d+)?$/;
const EPOCH = /^(\d{10})(\d{3})?$/;
/** Days that programs count instead of writing a date, by where they begin: Excel's of 1982 to 2078, R's of 1991 to 2052. */
const SERIALS = /** @type {const} */ ([
  { first: 30_000, last: 65_380, epoch: Date.UTC(1899, 11, 30) },
  { first: 8_000, last: 29_999, epoch: Date.UTC(1970, 0, 1) },
]);
const CLOCK = /[T ]+(\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?(?: ?[ap]\.?m\.?)?) ?((?:UTC|GMT)?[+-]\d{2}:?\d{2}|Z|UTC|GMT|BST)?$/i;
const WEEKDAY = /^\p{L}{2,12}\.?,? +(?=\d)/u;
const FIRST_YEAR = 1870;
const LAST_YEAR = 2100;
/** Of dates whose order is plain, so few the other way round are slips of the keyboard. */
const SLIPS = 0.05;
/** Three days in five lie beyond the twelfth: a file whose months come first shows it in more dates than this. */
const MONTH_FIRST_SHARE = 0.25;
const FEWEST_SORTED = 3;
const CLOSER = 4;

/** Languages in which Excel writes names of months. */
const LOCALES = ["en", "de", "fr", "es", "it", "nl", "pt", "pl", "tr", "sv", "da"];

/** @param {string} word */
const plainWord = (word) =>
  word
    .normalize("NFD")
    .replace(/\p{M}|\./gu, "")
    .toLowerCase();

/** @type {Map<string, number>} */
const months = new Map();

/**
 * @param {string} word
 * @returns {number | undefined} month from 1
 */
function monthOf(word) {
  if (months.size === 0) {
    for (const locale of [...LOCALES].reverse()) {
      for (const style of /** @type {const} */ (["long", "short"])) {
        const format = new Intl.DateTimeFormat(locale, { month: style, timeZone: "UTC" });
        for (let month = 1; month <= 12; month += 1) months.set(plainWord(format.format(Date.UTC(2023, month - 1, 1))), month);
      }
    }
  }
  return months.get(plainWord(word)) ?? (word.length > 3 ? months.get(plainWord(word).slice(0, 3)) : undefined);
}

/**
 * @param {number} year four digits, or two
 * @param {number} month from 1
 * @param {number} day
 * @returns {number | null} ms
 */
function toDay(year, month, day) {
  const full = year < 100 ? year + (year > 70 ? 1900 : 2000) : year;
  const date = new Date(Date.UTC(full, month - 1, day));
  const isReal = date.getUTCDate() === day && date.getUTCMonth() + 1 === month;
  return isReal && full >= FIRST_YEAR && full <= LAST_YEAR ? date.getTime() : null;
}

/**
 * @param {string} text such as `12-Aug-23`, `12 August 2023`, `August 12, 2023` or `2023-Aug-12`
 * @returns {number | null} ms
 */
function namedDay(text) {
  const month = (text.match(/\p{L}+/gu) ?? [])
    .map(monthOf)
    .filter((number) => number !== undefined)
    .at(-1);
  const numbers = text.match(/\d+/g) ?? [];
  if (month === undefined || numbers.length !== 2) return null;
  const [day, year] = numbers[0].length === 4 ? [numbers[1], numbers[0]] : numbers;
  return toDay(Number(year), month, Number(day));
}

/**
 * @param {string} text a date without a time of day
 * @param {Order} order
 * @returns {number | null} ms
 */
function dayOf(text, order) {
  const bare = text.replace(WEEKDAY, "");
  const [, first, second, year] = ORDERED.exec(bare) ?? [];
  if (first !== undefined)
    return order === "day" ? toDay(Number(year), Number(second), Number(first)) : toDay(Number(year), Number(first), Number(second));
  const [, isoYear, month, day] = YEAR_FIRST.exec(bare) ?? COMPACT.exec(bare) ?? [];
  if (isoYear !== undefined) return toDay(Number(isoYear), Number(month), Number(day));
  return SERIAL.test(text) ? serialDay(Number(text.slice(0, 5).replace(/\D.*/, ""))) : namedDay(text);
}

/**
 * @param {number} count
 * @returns {number | null} ms
 */
function serialDay(count) {
  const serial = SERIALS.find(({ first, last }) => count >= first && count <= last);
  return serial === undefined ? null : serial.epoch + count * DAY_MS;
}

/**
 * @param {string} text
 * @returns {{ date: string, clock: string, zone: string }} a cell's date, and its time of day and zone where it has them
 */
function splitClock(text) {
  const bare = text.replace(/ *\([^)]*\)$/, "");
  const [whole, clock, zone] = CLOCK.exec(bare) ?? ["", "", ""];
  const date = whole === "" ? bare : bare.slice(0, -whole.length);
  return { date: date.replace(/[.,]$/, "").trim(), clock, zone: zone ?? "" };
}

/**
 * @param {string} zone
 * @returns {number | null} minutes before UTC, null for a clock of the United Kingdom
 */
function offsetOf(zone) {
  const [, sign, hours, minutes] = /([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  if (sign !== undefined) return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  return /^(Z|UTC|GMT)$/i.test(zone) ? 0 : null;
}

/**
 * The moment that a cell with a date says. Midnight is how programs write a day alone.
 * @param {string} text
 * @param {Order} order of day and month, the file's
 * @returns {LocalTime | null} null where it is no date
 */
export function readDate(text, order) {
  const [, seconds] = EPOCH.exec(text) ?? [];
  if (seconds !== undefined) return readDate(new Date(Number(seconds) * 1000).toISOString(), order);
  const { date, clock, zone } = splitClock(text);
  const day = dayOf(date, order);
  if (day === null) return null;
  const serial = SERIAL.test(date) ? Math.round((toNumber(date) % 1) * DAY_MINUTES) : 0;
  const minute = clock === "" ? serial : readClock(clock);
  if (minute === null) return null;
  const offset = offsetOf(zone);
  const local = offset === null || minute === 0 ? day + minute * MINUTE_MS : utcToLondon(day + (minute - offset) * MINUTE_MS);
  const localDay = Math.floor(local / DAY_MS) * DAY_MS;
  return { day: localDay, minute: local === localDay ? null : (local - localDay) / MINUTE_MS };
}

const FRACTION = /^0[.,]\d+$/;
const FOUR_DIGITS = /^([01]\d|2[0-3])([0-5]\d)$/;
const TIME = /(?:^|[T ])(\d{1,2})(?:[:.h](\d{2})(?:[:.]\d{2}(?:[.,]\d+)?)?)? ?(?:([ap])\.?m\.?)?(?: ?(?:GMT|BST|UK|Uhr|h))?$/i;

/**
 * @param {string} text `15:00`, `3:00 PM`, `15.00`, `15h00`, `1900-01-01 15:00:00` or Excel's fraction of a day
 * @returns {number | null} minute of the day, null where it is none
 */
export function readClock(text) {
  if (FRACTION.test(text)) return Math.round(toNumber(text) * DAY_MINUTES);
  const [, hours, minutes, half] = FOUR_DIGITS.exec(text) ?? TIME.exec(text) ?? [];
  if (hours === undefined || (minutes === undefined && half === undefined)) return null;
  const hour = half !== undefined && Number(hours) <= 12 ? (Number(hours) % 12) + (half.toLowerCase() === "p" ? 12 : 0) : Number(hours);
  return hour < 24 && Number(minutes ?? 0) < 60 ? hour * 60 + Number(minutes ?? 0) : null;
}

/** @typedef {{ line: number, text: string }} DateCell */
/** @typedef {DateCell & { first: number, second: number, year: number }} OrderedDate */

/**
 * @param {DateCell[]} cells
 * @returns {OrderedDate[]} those of two numbers and a year, each text once
 */
function orderedDates(cells) {
  const byText = new Map(
    cells.map(({ text, line }) => /** @type {const} */ ([splitClock(text).date.replace(WEEKDAY, ""), line])).reverse(),
  );
  return [...byText].reverse().flatMap(([text, line]) => {
    const [, first, second, year] = ORDERED.exec(text) ?? [];
    return first === undefined ? [] : [{ line, text, first: Number(first), second: Number(second), year: Number(year) }];
  });
}

/**
 * @param {OrderedDate[]} dates
 * @param {Order} order
 */
function isSorted(dates, order) {
  const keys = dates.map(({ first, second, year }) =>
    order === "day" ? (year * 100 + second) * 100 + first : (year * 100 + first) * 100 + second,
  );
  const steps = keys.slice(1).map((key, index) => Math.sign(key - keys[index]));
  return !steps.includes(-1) || !steps.includes(1);
}

/** @param {number} day */
const isWeekend = (day) => [0, 6].includes(new Date(day).getUTCDay());

/**
 * Two or three rounds lie close together, at weekends mostly: read the wrong way, they lie months apart.
 * @param {OrderedDate[]} dates
 * @returns {boolean} whether that is so with the month first alone
 */
function isRoundsMonthFirst(dates) {
  const daysOf = (/** @type {Order} */ order) => dates.flatMap(({ text }) => dayOf(text, order) ?? []);
  const span = (/** @type {number[]} */ days) => Math.max(...days) - Math.min(...days);
  const [asMonth, asDay] = [daysOf("month"), daysOf("day")];
  return span(asMonth) * CLOSER < span(asDay) && asMonth.every(isWeekend) && !asDay.some(isWeekend);
}

/**
 * Which of day and month comes first, decided for a whole file: half of the dates of a year can be read both ways.
 * @param {DateCell[]} cells of its dates, in order
 * @returns {Order}
 * @throws {BrokenFileError} where the dates contradict each other, or can only be guessed
 */
export function dayOrder(cells) {
  const dates = orderedDates(cells);
  const dayFirst = dates.filter(({ first, second }) => first > 12 && second <= 12);
  const monthFirst = dates.filter(({ first, second }) => second > 12 && first <= 12);
  const [days, ones] = [dayFirst.length, monthFirst.length];
  if (ones > 0 && ones <= Math.max(Number(days > 2), days * SLIPS)) return "day";
  if (days > 0 && days <= Math.max(Number(ones > 2), ones * SLIPS)) return "month";
  if (days > 0 && ones > 0) throw new BrokenFileError(mixed(dayFirst[0], monthFirst[0]));
  if (days > 0) return "day";
  if (ones >= dates.length * MONTH_FIRST_SHARE && ones > 0) return "month";
  const isInOrder = dates.length >= FEWEST_SORTED && isSorted(dates, "month") && !isSorted(dates, "day");
  const isGuess = ones > 0 || isInOrder || isRoundsMonthFirst(dates);
  if (isGuess) throw new BrokenFileError(guess(monthFirst[0] ?? dates[0]));
  return "day";
}

const CURE = "write the dates as 2024-08-17";

/**
 * @param {OrderedDate} day
 * @param {OrderedDate} month
 */
function mixed(day, month) {
  return `mixes dates with the day first (${day.text} in line ${day.line}) and with the month first (${month.text} in line ${month.line}); ${CURE}`;
}

/** @param {OrderedDate} date */
function guess({ text, line }) {
  return `has dates that look month first (${text} in line ${line}), but not surely; ${CURE}`;
}
