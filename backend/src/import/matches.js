import { teamKey } from "./aliases.js";
import { findAwarded } from "./awarded.js";
import { toNumber, toScore } from "./csv.js";
import { dayOrder, readClock, readDate } from "./dates.js";
import { divisionCode, isMain } from "./division.js";
import { leagueOfCountry, leagueOfDivision } from "./leagues.js";
import { datePrices, findUnreadPrices, readPrices } from "./prices.js";
import { nameSeasons } from "./seasonText.js";
import { BrokenFileError } from "./text.js";
import { londonToUtc } from "./uktime.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./dates.js").Order} Order */
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
 * @property {string} season `2023/2024` or `2023`, '' where the file says nothing
 * @property {number} day the date as the file has it, 00:00 (ms)
 * @property {number} kickOff ms UTC; 00:00 UTC of the day where only that is known
 * @property {boolean} timed whether the hour is known
 * @property {string} home
 * @property {string} away
 * @property {'FT' | 'AWD' | 'ABD' | 'NS'} status finished, awarded, abandoned (a half-time score without a final one) or to come
 * @property {Score | null} score null for a match without a result
 * @property {Score | null} halfTime
 * @property {Score | null} xg expected goals
 * @property {{ home: SideStats, away: SideStats } | null} stats
 * @property {PriceSet[]} prices
 */

/** @typedef {{ line: number | null, reason: string, kind?: string }} Remark about a line, or a whole file; remarks of a kind are listed together */

/**
 * @typedef {object} Reading
 * @property {Match[]} matches
 * @property {Remark[]} refused rows
 * @property {Remark[]} leftOut values of rows that were taken
 * @property {Remark[]} remarks on how the file, or a row of it, is understood
 * @property {string[]} unreadPrices whose prices the file has that are not read
 */

/**
 * What is known of a file beside its text.
 * @typedef {object} Context
 * @property {string | null} division of rows that name none
 * @property {number} now ms UTC
 */

/** The highest score of a professional match is 36; a league match beyond this is a slip of the keyboard. */
const MOST_GOALS = 30;
const MOST_OF_A_STATISTIC = 99;
const MOST_EXPECTED_GOALS = 20;
const DAY_MS = 86_400_000;
/** East of London the next day has begun, and clocks go wrong. */
const AHEAD_MS = DAY_MS;
/** The site has results within days. */
const OVERDUE_MS = 3 * DAY_MS;

const STATS = /** @type {const} */ (["shots_total", "shots_on_goal", "fouls", "corner_kicks", "yellow_cards", "red_cards"]);

/** Why a row is no match. */
class RowRefused extends Error {
  /**
   * @param {string} message
   * @param {string} kind the message without what is this row's alone
   */
  constructor(message, kind = message) {
    super(message);
    this.kind = kind;
  }
}

/** One row of a table, with what is said about it. */
class RowReader {
  /**
   * @param {Table} table
   * @param {import("./csv.js").CsvRow} row
   * @param {Remark[]} leftOut
   */
  constructor(table, row, leftOut) {
    this.table = table;
    this.fields = table.fields;
    this.cells = row.cells;
    this.line = row.line;
    this.leftOut = leftOut;
    this.before = leftOut.length;
    this.leaveOut = this.leaveOut.bind(this);
  }

  /**
   * @param {string} kind
   * @param {string} reason said once, although a line of all bookmakers is wrong for each of them
   */
  leaveOut(kind, reason) {
    const isSaid = this.leftOut.slice(this.before).some((remark) => remark.reason === reason);
    if (!isSaid) this.leftOut.push({ line: this.line, reason, kind });
  }

  /**
   * @param {Column[]} columns
   * @returns {Column | undefined} the first that holds anything
   */
  column(columns) {
    for (const column of columns) if ((this.cells[column.index] ?? "") !== "") return column;
    return undefined;
  }

  /**
   * @param {Column[]} columns
   * @returns {string} '' where there is nothing
   */
  text(columns) {
    return this.cells[this.column(columns)?.index ?? -1] ?? "";
  }

  /**
   * @param {Column[]} columns
   * @param {(value: number) => boolean} isPossible
   * @param {string} noun of what it is
   * @returns {number | null}
   */
  number(columns, isPossible, noun) {
    const column = this.column(columns);
    if (column === undefined) return null;
    const value = toNumber(this.cells[column.index]);
    if (isPossible(value)) return value;
    this.leaveOut(noun, `${column.name} of ${this.cells[column.index]} is no ${noun}`);
    return null;
  }

  /**
   * @param {Column[]} columns
   * @param {number} most
   * @returns {number | null} a whole number from 0 to `most`
   */
  count(columns, most) {
    return this.number(columns, (value) => Number.isInteger(value) && value >= 0 && value <= most, "count");
  }

  /**
   * @param {string} text
   * @returns {number | null}
   * @throws {RowRefused}
   */
  goals(text) {
    if (text === "") return null;
    const value = toNumber(text);
    if (!Number.isInteger(value) || value < 0 || value > MOST_GOALS) throw new RowRefused(`${text} goals are impossible`, "goals");
    return value;
  }
}

/**
 * @param {RowReader} row
 * @param {Order} order
 * @returns {{ day: number, kickOff: number, timed: boolean }}
 * @throws {RowRefused}
 */
function readKickOff(row, order) {
  const text = row.text(row.fields.date);
  if (text === "") throw new RowRefused("the date is missing");
  const date = readDate(text, order);
  if (date === null) throw new RowRefused(`${text} is no date`, "no date");
  const minute = readMinute(row) ?? date.minute;
  if (minute === null) return { day: date.day, kickOff: date.day, timed: false };
  return { day: date.day, kickOff: londonToUtc(date.day + minute * 60_000), timed: true };
}

/**
 * @param {RowReader} row
 * @returns {number | null} of the day, by the column of times
 */
function readMinute(row) {
  const text = row.text(row.fields.time);
  if (text === "") return null;
  const minute = readClock(text);
  if (minute === null) row.leaveOut("no time", `${text} is no time of day`);
  return minute;
}

/**
 * @param {RowReader} row
 * @returns {Score | null}
 * @throws {RowRefused} when goals and result contradict each other, or one of them is missing
 */
function readScore(row) {
  const { goals, score, result } = row.fields;
  const letter = row.text(result).toUpperCase();
  const inOneCell = toScore(row.text(score) || letter) ?? ["", ""];
  const [home, away] = [goals.home, goals.away].map((columns, side) => row.goals(row.text(columns) || inOneCell[side]));
  const isResult = /^[HDA]$/.test(letter);
  if (home === null && away === null && isResult) throw new RowRefused(`a result of ${letter} without goals`, "result without goals");
  if (home === null && away === null) return null;
  if (home === null || away === null) throw new RowRefused("only one side's goals are given");
  const expected = home > away ? "H" : home < away ? "A" : "D";
  if (isResult && letter !== expected) throw new RowRefused(`${home}-${away} is no ${letter}`, "contradiction");
  return { home, away };
}

/**
 * @param {RowReader} row
 * @param {Score | null} score
 * @returns {Score | null}
 */
function readHalfTime(row, score) {
  const home = row.count(row.fields.half.home, MOST_GOALS);
  const away = row.count(row.fields.half.away, MOST_GOALS);
  if (home === null || away === null) return null;
  if (score === null || (home <= score.home && away <= score.away)) return { home, away };
  row.leaveOut("half-time", `${home}-${away} at half-time of a ${score.home}-${score.away} is impossible`);
  return null;
}

/**
 * @param {RowReader} row
 * @returns {Score | null}
 */
function readExpectedGoals(row) {
  const isPossible = (/** @type {number} */ value) => value >= 0 && value <= MOST_EXPECTED_GOALS;
  const [home, away] = [row.fields.xg.home, row.fields.xg.away].map((columns) =>
    row.number(columns, isPossible, "number of expected goals"),
  );
  return home === null || away === null ? null : { home, away };
}

/**
 * @param {RowReader} row
 * @param {'home' | 'away'} side
 * @returns {SideStats}
 */
function readSide(row, side) {
  const figure = (/** @type {keyof SideStats} */ field) => row.count(row.fields[field][side], MOST_OF_A_STATISTIC);
  return {
    shots_total: figure("shots_total"),
    shots_on_goal: figure("shots_on_goal"),
    fouls: figure("fouls"),
    corner_kicks: figure("corner_kicks"),
    yellow_cards: figure("yellow_cards"),
    red_cards: figure("red_cards"),
  };
}

/** @param {RowReader} row */
function readStats(row) {
  const stats = { home: readSide(row, "home"), away: readSide(row, "away") };
  return STATS.some((field) => stats.home[field] !== null || stats.away[field] !== null) ? stats : null;
}

/**
 * @param {RowReader} row
 * @param {string | null} division of rows that name none
 * @returns {League}
 * @throws {RowRefused}
 */
function readLeague(row, division) {
  const { fields } = row;
  const [country, name, text] = [row.text(fields.country), row.text(fields.league), row.text(fields.division)];
  const code = isMain(name.toUpperCase()) ? name.toUpperCase() : divisionCode(text);
  if (code !== null && (country === "" || name === "" || isMain(code))) return leagueOfDivision(code);
  if (country !== "" && name !== "") return leagueOfCountry(country, name);
  if (country !== "" && text !== "") return leagueOfCountry(country, text);
  if (division !== null) return leagueOfDivision(division);
  const stray = text || name;
  if (stray !== "") throw new RowRefused(`${stray} is no division such as E0, and the country is missing`, "no division");
  throw new RowRefused(fields.country.length > 0 ? "the country or the league is missing" : "the division is missing");
}

/**
 * @param {Score | null} score
 * @param {Score | null} halfTime
 * @param {boolean} isPast
 * @returns {Match['status']}
 */
function statusOf(score, halfTime, isPast) {
  if (score !== null) return "FT";
  return halfTime !== null && isPast ? "ABD" : "NS";
}

/**
 * @param {RowReader} row
 * @returns {PriceSet[]}
 */
function readSets({ table, cells, leaveOut }) {
  const sets = [];
  for (const columns of table.prices) {
    const set = readPrices(columns, cells, leaveOut);
    if (set !== null) sets.push(set);
  }
  return sets;
}

/**
 * @param {RowReader} row
 * @param {Order} order
 * @param {Context} context
 * @returns {Match}
 * @throws {RowRefused}
 */
function readMatch(row, order, { division, now }) {
  const league = readLeague(row, division);
  const when = readKickOff(row, order);
  const [home, away] = [row.text(row.fields.team.home), row.text(row.fields.team.away)];
  if (home === "" || away === "") throw new RowRefused("a team is missing");
  if (teamKey(league.country, home) === teamKey(league.country, away)) throw new RowRefused(`${home} cannot play itself`, "itself");
  const score = readScore(row);
  if (score !== null && when.day > now + AHEAD_MS)
    throw new RowRefused(`a result of ${row.text(row.fields.date)}, which is yet to come`, "yet to come");
  const halfTime = readHalfTime(row, score);
  const status = statusOf(score, halfTime, when.day < now - AHEAD_MS);
  const sets = readSets(row);
  return {
    line: row.line,
    league,
    season: row.text(row.fields.season),
    ...when,
    home,
    away,
    status,
    score,
    halfTime: status === "NS" ? null : halfTime,
    xg: score && readExpectedGoals(row),
    stats: score && readStats(row),
    prices: datePrices(sets, { onlyClosing: row.table.onlyClosing, isToCome: score === null && when.kickOff > now }),
  };
}

/**
 * @param {Table[]} tables
 * @returns {Order}
 * @throws {BrokenFileError}
 */
function orderOf(tables) {
  const cells = tables.flatMap(({ fields, rows }) =>
    rows.map((row) => ({ line: row.line, text: fields.date.map(({ index }) => row.cells[index] ?? "").find((text) => text !== "") ?? "" })),
  );
  return dayOrder(cells);
}

/**
 * @param {Table[]} tables
 * @param {Order} order
 * @returns {Remark[]} on the file as a whole
 */
function remarksOnFile(tables, order) {
  const names = new Set(tables.flatMap(({ prices }) => prices.flatMap(({ sets }) => sets.flat().map(({ name }) => name))));
  const repeated = tables.flatMap(({ header }) => [...header.exact].filter(([name, columns]) => names.has(name) && columns.length > 1));
  const columns = [...new Set(repeated.map(([name]) => name))].join(", ");
  return [
    ...(order === "month" ? [{ line: null, reason: "its dates are read with the month first", kind: "month first" }] : []),
    ...(columns === ""
      ? []
      : [
          {
            line: null,
            reason: `has more than one column ${columns}; the first set of prices that holds anything counts`,
            kind: "repeated",
          },
        ]),
  ];
}

/** @param {Match} match */
const nameOf = ({ home, away, day }) => `${home} v ${away} of ${new Date(day).toISOString().slice(0, 10)}`;

/**
 * @param {Match} match
 * @returns {Remark[]}
 */
function remarksOnMatch(match) {
  if (match.status !== "ABD") return [];
  return [{ line: match.line, reason: `${nameOf(match)} has a half-time score alone and counts as abandoned`, kind: "abandoned" }];
}

/**
 * @param {Match} match of which the database has no result either
 * @param {number} now ms UTC
 * @returns {Remark[]} that it should have one
 */
export function remarksOnOverdue(match, now) {
  if (match.status !== "NS" || match.day > now - OVERDUE_MS) return [];
  return [{ line: match.line, reason: `${nameOf(match)} is over but has no result; it is kept as a match to come`, kind: "overdue" }];
}

/**
 * Gives awarded matches their status.
 * @param {Match[]} matches changed
 * @returns {Remark[]}
 */
function markAwarded(matches) {
  return findAwarded(matches).map(({ match, isAwarded }) => {
    if (isAwarded) match.status = "AWD";
    const result = `${match.home} v ${match.away} ${match.score?.home}-${match.score?.away} has no half-time score, unlike the others`;
    return isAwarded
      ? { line: match.line, reason: `${result}: awarded, so it neither trains nor settles bets`, kind: "awarded" }
      : { line: match.line, reason: `${result}: taken as played`, kind: "without half-time" };
  });
}

/**
 * Reads the matches of a file. A row that cannot be a match is refused; a value that cannot be is left out of its row.
 * @param {Table[]} tables
 * @param {Context} context
 * @returns {Reading}
 * @throws {BrokenFileError} where the file cannot be read as a whole
 */
export function readMatches(tables, context) {
  if (context.division === null && !tables.every(({ namesLeague }) => namesLeague))
    throw new BrokenFileError("names no division: give it a column Div, a name such as E0_2324.csv, or --division E0");
  const order = orderOf(tables);
  const unreadPrices = [...new Set(tables.flatMap(findUnreadPrices))];
  /** @type {Reading} */
  const reading = { matches: [], refused: [], leftOut: [], remarks: remarksOnFile(tables, order), unreadPrices };
  for (const { table, row } of tables.flatMap((table) => table.rows.map((row) => ({ table, row })))) {
    try {
      reading.matches.push(readMatch(new RowReader(table, row, reading.leftOut), order, context));
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error;
      reading.refused.push({ line: row.line, reason: error.message, kind: error.kind });
    }
  }
  nameSeasons(reading.matches, ({ line }, text) =>
    reading.leftOut.push({ line, reason: `${text} is no season of its matches`, kind: "season" }),
  );
  reading.remarks.push(...markAwarded(reading.matches), ...reading.matches.flatMap(remarksOnMatch));
  return reading;
}
