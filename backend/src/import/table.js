import { BrokenFileError } from "./csv.js";
import { findPriceColumns } from "./prices.js";

/** @typedef {import("./csv.js").CsvRow} CsvRow */
/** @typedef {import("./prices.js").PriceColumns} PriceColumns */

/**
 * A file's rows with its columns by name.
 * @typedef {object} Table
 * @property {'main' | 'extra'} format
 * @property {Map<string, number>} header index by column name
 * @property {PriceColumns[]} prices
 * @property {CsvRow[]} rows
 */

const FORMATS = /** @type {const} */ ([
  { format: "main", needed: ["Date", "HomeTeam", "AwayTeam"] },
  { format: "extra", needed: ["Country", "League", "Date", "Home", "Away"] },
]);

/** @param {string[]} cells */
function formatOf(cells) {
  return FORMATS.find(({ needed }) => needed.every((name) => cells.includes(name)))?.format;
}

/**
 * A download or copy that stopped half-way ends inside a line. Taking its last row would make a club of half a name.
 * @param {string} text
 * @param {CsvRow[]} rows
 */
function refuseCutOff(text, rows) {
  if (/[\r\n]$/.test(text) || rows.length < 2) return;
  const [previous, last] = rows.slice(-2);
  if (last.cells.length < previous.cells.length) throw new BrokenFileError(`ends in the middle of line ${last.line}`);
}

/**
 * @param {string} text the file
 * @param {CsvRow[]} rows its rows
 * @returns {Table}
 * @throws {BrokenFileError} when it is no file of football-data.co.uk's, or ends in the middle of a line
 */
export function toTable(text, rows) {
  if (rows.length === 0) throw new BrokenFileError("is empty");
  const [first, ...rest] = rows;
  const format = formatOf(first.cells);
  if (!format)
    throw new BrokenFileError(
      "has no header of football-data.co.uk (Div,Date,HomeTeam,AwayTeam,… or Country,League,Season,Date,Home,Away,…)",
    );
  refuseCutOff(text, rows);
  const header = new Map(first.cells.map((name, index) => [name, index]));
  const repeated = first.cells.join();
  return { format, header, prices: findPriceColumns(header), rows: rest.filter(({ cells }) => cells.join() !== repeated) };
}
