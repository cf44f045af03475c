import { BrokenFileError } from "./text.js";

/** @typedef {{ line: number, cells: string[] }} CsvRow `line` counts from 1, as editors do */
/** @typedef {"," | ";" | "\t" | "|" | " "} Delimiter */

/** What stands between cells: the site's comma, Excel's semicolon where the comma is the decimal sign, R's space. */
export const DELIMITERS = /** @type {readonly Delimiter[]} */ ([",", ";", "\t", "|", " "]);

/** How programs write that there is no value; R, pandas, Excel, SQL and people. In lower case. */
const MISSING = new Set(
  "na n/a n.a. n/d #n/a #na <na> nan -nan nat null (null) #null! none nil undefined missing tbc tbd tba - -- --- – — ? ?? . .. \\n #ref! #value! #div/0! #num! #name?".split(
    " ",
  ),
);
const LONGEST_MISSING = 9;

/**
 * @param {string} raw
 * @returns {string} the cell trimmed, '' where it says that there is no value
 */
function clean(raw) {
  const cell = raw.trim();
  const isNumber = cell.charCodeAt(0) >= 0x30 && cell.charCodeAt(0) <= 0x39;
  if (isNumber || cell.length > LONGEST_MISSING || !MISSING.has(cell.toLowerCase())) return cell;
  return "";
}

/**
 * @param {string} text
 * @param {Delimiter} delimiter
 * @returns {CsvRow[]} rows that hold anything, cells cleaned
 * @throws {BrokenFileError} for a quote that never closes
 */
export function parseCsv(text, delimiter) {
  const rows = text.includes('"') ? parseQuoted(text, delimiter) : parsePlain(text, delimiter);
  return rows.filter(({ cells }) => cells.some((cell) => cell !== ""));
}

/**
 * @param {string} text
 * @param {Delimiter} delimiter
 * @returns {CsvRow[]}
 */
function parsePlain(text, delimiter) {
  return text.split(/\r\n|\n|\r/).map((content, index) => ({ line: index + 1, cells: content.split(delimiter).map(clean) }));
}

/**
 * @param {Delimiter} delimiter
 * @returns {RegExp} a cell and what ends it
 */
function cellPattern(delimiter) {
  const mark = delimiter === "|" ? "\\|" : delimiter;
  return new RegExp(`("(?:[^"]|"")*"[^${mark}\\r\\n]*|[^${mark}\\r\\n]*)(${mark}|\\r\\n|\\n|\\r|$)`, "gy");
}

/**
 * A cell that begins with a quote runs to its closing quote, over delimiters and line ends.
 * @param {string} text
 * @param {Delimiter} delimiter
 * @returns {CsvRow[]}
 */
function parseQuoted(text, delimiter) {
  /** @type {CsvRow[]} */
  const rows = [];
  let line = 1;
  let row = { line, cells: /** @type {string[]} */ ([]) };
  for (const [, raw, end] of text.matchAll(cellPattern(delimiter))) {
    if (raw.startsWith('"') && !/^"(?:[^"]|"")*"/.test(raw)) throw new BrokenFileError(`line ${line} opens a quote that never closes`);
    row.cells.push(clean(unquote(raw)));
    line += raw.split(/\r\n|\n|\r/).length - 1;
    if (end === delimiter) continue;
    rows.push(row);
    row = { line: ++line, cells: [] };
    if (end === "") break;
  }
  return rows;
}

/**
 * @param {string} raw a cell, quoted or not; Excel writes `="0123"` for what is to stay text
 */
function unquote(raw) {
  const quoted = /^=?"((?:[^"]|"")*)"(.*)$/s.exec(raw);
  return quoted ? quoted[1].replaceAll('""', '"') + quoted[2] : raw;
}

/**
 * @param {string} text a number with a point or a comma before its decimals
 * @returns {number} NaN where it is none
 */
export function toNumber(text) {
  return /^[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text.replace(",", ".")) : NaN;
}

/**
 * @param {string} text `2-1` or `2:1`
 * @returns {[string, string] | null} both sides' goals, null where it is no score
 */
export function toScore(text) {
  const [, home, away] = /^(\d{1,2})\s*[-:–]\s*(\d{1,2})$/.exec(text) ?? [];
  return home === undefined ? null : [home, away];
}
