import { ScriptError } from "../db/errors.js";

/** A file that is not what it should be as a whole; nothing of it is taken. */
export class BrokenFileError extends ScriptError {
  name = "BrokenFileError";
}

/** @typedef {{ line: number, cells: string[] }} CsvRow `line` counts from 1, as editors do */

const NOT_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/**
 * football-data.co.uk's files are UTF-8 (with a byte order mark since some year) or latin-1.
 * @param {Buffer} bytes
 * @returns {string}
 * @throws {BrokenFileError} when the bytes are no text
 */
export function decode(bytes) {
  const text = decodeBytes(bytes).replace(/^\ufeff/, "");
  const found = NOT_TEXT.exec(text);
  if (found) throw new BrokenFileError(`line ${lineAt(text, found.index)} holds bytes that are not text`);
  return text;
}

/** @param {Buffer} bytes */
function decodeBytes(bytes) {
  const text = bytes.toString("utf8");
  return text.includes("\ufffd") ? bytes.toString("latin1").replace(/^ï»¿/, "") : text;
}

/**
 * @param {string} text
 * @param {number} index
 */
function lineAt(text, index) {
  return text.slice(0, index).split(/\r\n|\n|\r/).length;
}

/**
 * @param {string} text
 * @returns {CsvRow[]} rows that hold anything, cells trimmed
 * @throws {BrokenFileError} for a quote that never closes
 */
export function parseCsv(text) {
  const rows = text.includes('"') ? parseQuoted(text) : parsePlain(text);
  return rows.filter(({ cells }) => cells.some((cell) => cell !== ""));
}

/**
 * @param {string} text
 * @returns {CsvRow[]}
 */
function parsePlain(text) {
  return text.split(/\r\n|\n|\r/).map((content, index) => ({ line: index + 1, cells: content.split(",").map((cell) => cell.trim()) }));
}

const CELL = /("(?:[^"]|"")*"[^,\r\n]*|[^,\r\n]*)(,|\r\n|\n|\r|$)/gy;

/**
 * A cell that begins with a quote runs to its closing quote, over commas and line ends.
 * @param {string} text
 * @returns {CsvRow[]}
 */
function parseQuoted(text) {
  /** @type {CsvRow[]} */
  const rows = [];
  let line = 1;
  let row = { line, cells: /** @type {string[]} */ ([]) };
  for (const [, raw, end] of text.matchAll(CELL)) {
    if (raw.startsWith('"') && !/^"(?:[^"]|"")*"/.test(raw)) throw new BrokenFileError(`line ${line} opens a quote that never closes`);
    row.cells.push(unquote(raw));
    line += raw.split(/\r\n|\n|\r/).length - 1;
    if (end === ",") continue;
    rows.push(row);
    row = { line: ++line, cells: [] };
    if (end === "") break;
  }
  return rows;
}

/** @param {string} raw */
function unquote(raw) {
  const quoted = /^"((?:[^"]|"")*)"(.*)$/s.exec(raw);
  return (quoted ? quoted[1].replaceAll('""', '"') + quoted[2] : raw).trim();
}
