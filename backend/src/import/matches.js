import { teamKey } from "./aliases.js";
import { londonToUtc } from "./uktime.js";
import { leagueOfCountry, leagueOfDivision } from "./leagues.js";
import { readPrices } from "./prices.js";

/** @typedef {import("./leagues.js").League} League */
/** @typedef {import("./prices.js").PriceSet} PriceSet */
/** @typedef {import("./table.js").Table} Table */

/**
 * One side's figures, null where the file has none.
 * @typedef {object} SideStats
 * @property {number | null} shots_total
 * @property {number | null} shots_on_goal
 * @property {number | null} fouls
 * @property {number | null} corner_kicks
 * @property {number | null} yellow_cards
 * @property {number | null} red_cards
 */

/** @typedef {{ home: number, away: number }} Score */

/**
 * A row that makes sense.
 * @typedef {object} Match
 * @property {number} line in its file
 * @property {League} league
 * @property {string} season what the file says, '' where it says nothing
 * @property {number} day the date as the file has it, 00:00 (ms)
 * @property {number} kickOff ms UTC; 00:00 UTC of the day where only that is known
 * @property {boolean} timed whether the hour is known
 * @property {string} home
 * @property {string} away
 * @property {Score | null} score null for a match to come
 * @property {Score | null} halfTime
 * @property {{ home: SideStats, away: SideStats } | null} stats
 * @property {PriceSet[]} prices
 */

/** @typedef {{ line: number | null, reason: string, kind?: string }} Remark about a line, or a whole file; remarks of a kind are listed together */
/** @typedef {{ matches: Match[], refused: Remark[], leftOut: Remark[] }} Reading refused rows, and values left out of rows taken */

/** The highest score of a professional match is 36; a league match beyond this is a slip of the keyboard. */
const MOST_GOALS = 30;
const MOST_OF_A_STATISTIC = 99;
/** East of London the next day has begun, and clocks go wrong. */
const AHEAD_MS = 86_400_000;

/** @type {[keyof SideStats, string, string][]} */
const STATS = [
  ["shots_total", "HS", "AS"],
  ["shots_on_goal", "HST", "AST"],
  ["fouls", "HF", "AF"],
  ["corner_kicks", "HC", "AC"],
  ["yellow_cards", "HY", "AY"],
  ["red_cards", "HR", "AR"],
];

/** Why a row is no match. */
class RowRefused extends Error {}

/** One row of a table, with what is said about it. */
class RowReader {
  /**
   * @param {Table} table
   * @param {import("./csv.js").CsvRow} row
   * @param {Remark[]} leftOut
   */
  constructor(table, row, leftOut) {
    this.table = table;
    this.cells = row.cells;
    this.line = row.line;
    this.leaveOut = (/** @type {string} */ reason) => void leftOut.push({ line: row.line, reason });
  }

  /**
   * @param {string[]} names of which the first that the file has is read
   * @returns {string} '' where there is nothing
   */
  text(...names) {
    const name = names.find((candidate) => this.table.header.has(candidate));
    return name === undefined ? "" : (this.cells[this.table.header.get(name) ?? -1] ?? "");
  }

  /**
   * @param {string} name
   * @param {number} most
   * @returns {number | null} a whole number from 0 to `most`
   */
  count(name, most) {
    const text = this.text(name);
    if (text === "") return null;
    const value = Number(text);
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    this.leaveOut(`${name} of ${text} is no count`);
    return null;
  }

  /**
   * @param {string[]} names as in `text`
   * @returns {number | null}
   * @throws {RowRefused}
   */
  goals(...names) {
    const text = this.text(...names);
    if (text === "") return null;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0 || value > MOST_GOALS) throw new RowRefused(`${text} goals are impossible`);
    return value;
  }
}

/**
 * @param {string} text dd/mm/yy, dd/mm/yyyy or yyyy-mm-dd
 * @returns {number} 00:00 of that day as if it were UTC (ms)
 * @throws {RowRefused}
 */
function parseDay(text) {
  const [, day, month, years] = /^(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})$/.exec(text) ?? [];
  const [, isoYear, isoMonth, isoDay] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  const year = Number(isoYear ?? (years?.length === 2 ? (Number(years) > 70 ? "19" : "20") + years : years));
  const date = new Date(Date.UTC(year, Number(isoMonth ?? month) - 1, Number(isoDay ?? day)));
  const isReal = date.getUTCDate() === Number(isoDay ?? day) && date.getUTCMonth() + 1 === Number(isoMonth ?? month);
  if (!isReal || year < 1870 || year > 2100) throw new RowRefused(text === "" ? "the date is missing" : `${text} is no date`);
  return date.getTime();
}

/**
 * @param {RowReader} row
 * @param {number} day
 * @returns {{ kickOff: number, timed: boolean }}
 */
function readKickOff(row, day) {
  const text = row.text("Time");
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?$/.exec(text) ?? [];
  if (hours !== undefined) return { kickOff: londonToUtc(day + (Number(hours) * 60 + Number(minutes)) * 60_000), timed: true };
  if (text !== "") row.leaveOut(`${text} is no time of day`);
  return { kickOff: day, timed: false };
}

/**
 * @param {RowReader} row
 * @returns {Score | null}
 * @throws {RowRefused} when goals and result contradict each other
 */
function readScore(row) {
  const home = row.goals("FTHG", "HG");
  const away = row.goals("FTAG", "AG");
  if (home === null && away === null) return null;
  if (home === null || away === null) throw new RowRefused("only one side's goals are given");
  const result = row.text("FTR", "Res").toUpperCase();
  const expected = home > away ? "H" : home < away ? "A" : "D";
  if (/^[HDA]$/.test(result) && result !== expected) throw new RowRefused(`${home}-${away} is no ${result}`);
  return { home, away };
}

/**
 * @param {RowReader} row
 * @param {Score | null} score
 * @returns {Score | null}
 */
function readHalfTime(row, score) {
  const home = row.count("HTHG", MOST_GOALS);
  const away = row.count("HTAG", MOST_GOALS);
  if (score === null || home === null || away === null) return null;
  if (home <= score.home && away <= score.away) return { home, away };
  row.leaveOut(`${home}-${away} at half-time of a ${score.home}-${score.away} is impossible`);
  return null;
}

/** @param {RowReader} row */
function readStats(row) {
  const read = (/** @type {1 | 2} */ side) =>
    /** @type {SideStats} */ (Object.fromEntries(STATS.map((columns) => [columns[0], row.count(columns[side], MOST_OF_A_STATISTIC)])));
  const stats = { home: read(1), away: read(2) };
  const isAny = [...Object.values(stats.home), ...Object.values(stats.away)].some((value) => value !== null);
  return isAny ? stats : null;
}

/**
 * @param {RowReader} row
 * @param {string} code division where the row names none
 * @returns {League}
 * @throws {RowRefused}
 */
function readLeague(row, code) {
  if (row.table.format === "main") {
    const division = row.text("Div") || code;
    if (division === "") throw new RowRefused("the division is missing");
    return leagueOfDivision(division);
  }
  const [country, name] = [row.text("Country"), row.text("League")];
  if (country === "" || name === "") throw new RowRefused("the country or the league is missing");
  return leagueOfCountry(country, name);
}

/**
 * @param {RowReader} row
 * @param {string} code
 * @param {number} now ms UTC
 * @returns {Match}
 * @throws {RowRefused}
 */
function readMatch(row, code, now) {
  const league = readLeague(row, code);
  const day = parseDay(row.text("Date"));
  const [home, away] = [row.text("HomeTeam", "Home"), row.text("AwayTeam", "Away")];
  if (home === "" || away === "") throw new RowRefused("a team is missing");
  if (teamKey(league.country, home) === teamKey(league.country, away)) throw new RowRefused(`${home} cannot play itself`);
  const score = readScore(row);
  if (score !== null && day > now + AHEAD_MS) throw new RowRefused(`a result of ${row.text("Date")}, which is yet to come`);
  return {
    line: row.line,
    league,
    season: row.text("Season"),
    day,
    ...readKickOff(row, day),
    home,
    away,
    score,
    halfTime: readHalfTime(row, score),
    stats: score && readStats(row),
    prices: row.table.prices.flatMap((kind) => readPrices(kind, row.cells, row.leaveOut) ?? []),
  };
}

/**
 * Reads the matches of a table. A row that cannot be a match is refused; a value that cannot be is left out of its row.
 * @param {Table} table
 * @param {string} code division of a main file whose rows name none, '' where that is not known either
 * @param {number} now ms UTC
 * @returns {Reading}
 */
export function readMatches(table, code, now) {
  /** @type {Reading} */
  const reading = { matches: [], refused: [], leftOut: [] };
  for (const row of table.rows) {
    try {
      reading.matches.push(readMatch(new RowReader(table, row, reading.leftOut), code, now));
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error;
      reading.refused.push({ line: row.line, reason: error.message });
    }
  }
  return reading;
}
