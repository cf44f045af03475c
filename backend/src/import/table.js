import { DELIMITERS, parseCsv, toScore } from "./csv.js";
import { Header } from "./columns.js";
import { findPriceColumns } from "./prices.js";
import { BrokenFileError } from "./text.js";

/** @typedef {import("./csv.js").CsvRow} CsvRow */
/** @typedef {import("./csv.js").Delimiter} Delimiter */
/** @typedef {import("./columns.js").Fields} Fields */
/** @typedef {import("./prices.js").PriceColumns} PriceColumns */

/**
 * Rows under one header. A file has one table, unless files were put one after the other.
 * @typedef {object} Table
 * @property {boolean} onlyClosing whether it is a season of an extra league, whose prices are closing prices
 * @property {boolean} namesLeague whether its rows name their division, or their country and league
 * @property {Header} header
 * @property {Fields} fields
 * @property {PriceColumns[]} prices
 * @property {CsvRow[]} rows
 */

/** Titles and notes that people put above a header. */
const LINES_ABOVE = 10;
const SAMPLE_CHARACTERS = 20_000;
const EXPECTED = "Div,Date,HomeTeam,AwayTeam,… or Country,League,Season,Date,Home,Away,…";

/** @param {string[]} cells */
function headerOf(cells) {
  const header = new Header(cells);
  const { date, team } = header.fields();
  return date.length > 0 && team.home.length > 0 ? header : null;
}

/**
 * Excel writes which delimiter it used into the first line, and a file whose delimiter it did not know as one quoted cell a line.
 * @param {string} text
 */
function withoutExcelsTraces(text) {
  const body = text.replace(/^"?sep=.?"?(?=\r|\n)/i, "");
  const first = body
    .trimStart()
    .split(/\r\n|\n|\r/, 1)[0]
    .trim();
  const [, cell] = /^"((?:[^"]|"")*)"[,;\t]*$/.exec(first) ?? [];
  const isOneCell = cell !== undefined && /[,;\t]/.test(cell);
  return isOneCell ? body.replace(/^"((?:[^"\r\n]|"")*)"[,;\t]*(?=\r|\n|$)/gm, (_, line) => line.replaceAll('""', '"')) : body;
}

/**
 * @param {string} text
 * @returns {Delimiter}
 * @throws {BrokenFileError} where no delimiter gives a header that names the day and the teams
 */
function delimiterOf(text) {
  if (text.trim() === "") throw new BrokenFileError("is empty");
  const lines = text.slice(0, SAMPLE_CHARACTERS).split(/\r\n|\n|\r/);
  const above = lines.filter((line) => line.trim() !== "").slice(0, LINES_ABOVE);
  const fits = (/** @type {Delimiter} */ delimiter) => above.some((line) => headerOf(parseLine(line, delimiter)));
  const delimiter = DELIMITERS.find(fits);
  if (delimiter === undefined) throw new BrokenFileError(`has no header of football-data.co.uk (${EXPECTED})`);
  return delimiter;
}

/**
 * @param {string} line
 * @param {Delimiter} delimiter
 * @returns {string[]} its cells, none where a quote of it closes in another line
 */
function parseLine(line, delimiter) {
  try {
    return parseCsv(line, delimiter)[0]?.cells ?? [];
  } catch (error) {
    if (error instanceof BrokenFileError) return [];
    throw error;
  }
}

/**
 * A download or copy that stopped half-way ends inside a line. Taking its last row would make a club of half a name.
 * @param {string} text
 * @param {CsvRow[]} rows
 * @param {number} width of the header
 */
function refuseCutOff(text, rows, width) {
  if (/[\r\n]$/.test(text) || rows.length < 2) return;
  const [previous, last] = rows.slice(-2);
  if (last.cells.length < Math.min(previous.cells.length, width)) throw new BrokenFileError(`ends in the middle of line ${last.line}`);
}

/**
 * R's `write.table` numbers the rows in a column that the header does not name.
 * @param {string[]} names
 * @param {CsvRow[]} rows
 * @returns {string[]} the header with a name for every column
 */
function withRowNumbers(names, rows) {
  const isNumbered =
    rows.length > 0 && rows.slice(0, 50).every(({ cells }, index) => cells.length === names.length + 1 && cells[0] === String(index + 1));
  return isNumbered ? ["", ...names] : names;
}

/** What a file of results has and a list of matches to come lacks. */
const RESULTS = /** @type {const} */ (["result", "halfResult", "half", "shots_total", "xg"]);

/**
 * @param {Header} header
 * @param {Fields} fields
 * @param {CsvRow[]} rows
 * @throws {BrokenFileError} where it has results, but under no name that is known
 */
function refuseWithoutGoals(header, fields, rows) {
  const hasScores = fields.result.some(({ index }) => rows.some(({ cells }) => toScore(cells[index] ?? "")));
  if (fields.goals.home.length > 0 || fields.score.length > 0 || hasScores) return;
  const signs = RESULTS.flatMap((field) => {
    const columns = fields[field];
    return "home" in columns ? columns.home : columns;
  });
  const single = ["FTHG", "FTAG", "HG", "AG"].flatMap((name) => header.columns(name));
  const names = [...signs, ...single].map(({ name }) => name);
  if (names.length > 0) throw new BrokenFileError(`has no column of goals (FTHG and FTAG, or HG and AG) beside ${names[0]}`);
}

/**
 * @param {CsvRow[]} rows the first is the header
 * @returns {Table}
 * @throws {BrokenFileError}
 */
function toTable([first, ...rows]) {
  const header = new Header(withRowNumbers(first.cells, rows));
  const fields = header.fields();
  refuseWithoutGoals(header, fields, rows);
  const { division, country, league, season } = fields;
  const isExtra = division.length === 0 && country.length > 0 && league.length > 0;
  return {
    onlyClosing: isExtra && season.length > 0,
    namesLeague: division.length > 0 || league.length > 0,
    header,
    fields,
    prices: findPriceColumns(header),
    rows,
  };
}

/**
 * @param {string} text a file
 * @returns {Table[]}
 * @throws {BrokenFileError} when it is no file of football-data.co.uk's, or ends in the middle of a line
 */
export function readTables(text) {
  const body = withoutExcelsTraces(text);
  const rows = parseCsv(body, delimiterOf(body));
  const start = rows.findIndex(({ cells }) => headerOf(cells));
  const { cells } = rows[start];
  refuseCutOff(body, rows, cells.length);
  const dateName =
    cells.find((name) =>
      headerOf(cells)
        ?.fields()
        .date.some((column) => column.name === name),
    ) ?? "Date";
  const heads = rows.flatMap((row, index) => (index >= start && row.cells.includes(dateName) && headerOf(row.cells) ? [index] : []));
  const tables = heads.map((head, index) => rows.slice(head, heads[index + 1]));
  return joinSame(tables).map(toTable);
}

/**
 * @param {CsvRow[][]} tables each with its header
 * @returns {CsvRow[][]} those under a header that comes again as one
 */
function joinSame(tables) {
  /** @type {Map<string, CsvRow[]>} */
  const byHeader = new Map();
  for (const [head, ...rows] of tables) {
    const key = head.cells.join();
    byHeader.set(key, [...(byHeader.get(key) ?? [head]), ...rows]);
  }
  return [...byHeader.values()];
}
