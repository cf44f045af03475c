import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { ScriptError } from "../db/errors.js";
import { shortPath } from "../db/script.js";
import { Directory } from "./directory.js";
import { readFile, writeFile } from "./file.js";
import { addMended, mendDatabase } from "./mend.js";
import { reviewLeagues } from "./review.js";
import { BrokenFileError } from "./text.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./file.js").Outcome} Outcome */
/** @typedef {Omit<Outcome, 'refused' | 'leftOut' | 'remarks' | 'unreadPrices' | 'mended'>} Counts */
/** @typedef {import("./matches.js").Remark & { file: string }} Note */
/** @typedef {{ now: number, division?: string | null }} ReadingOptions `now` in ms UTC; the division of rows that name none */

/**
 * What became of all files.
 * @typedef {object} Summary
 * @property {number} files that were taken
 * @property {Counts} counts
 * @property {Note[]} broken files of which nothing was taken
 * @property {Note[]} refused rows
 * @property {Note[]} leftOut values of rows that were taken
 * @property {Note[]} remarks on how files, and rows of them, are understood
 * @property {import("./mend.js").Mended} mended rows that earlier imports left wrong
 * @property {string[]} leagues what should be looked at, a league a line
 * @property {Map<string, number>} unreadPrices number of files by whose prices they have that are not read
 * @property {boolean} interrupted
 */

/** @returns {Counts} */
const noCounts = () => ({ read: 0, inserted: 0, updated: 0, unchanged: 0, leagues: 0, teams: 0, prices: 0 });

/**
 * @param {string[]} paths files, or folders of which every `.csv` is meant, at any depth
 * @returns {string[]}
 * @throws {ScriptError} for a path that is not there, and for a folder without a season file
 */
export function findFiles(paths) {
  return paths.flatMap((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) throw new ScriptError(`there is no file or folder ${path}`);
    if (!stats.isDirectory()) return [path];
    const files = csvFilesIn(path);
    if (files.length === 0) throw new ScriptError(`there is no .csv file in ${path}`);
    return files;
  });
}

/**
 * @param {string} folder
 * @param {Set<string>} seen folders, added to: a link may lead back to one
 * @returns {string[]}
 */
function csvFilesIn(folder, seen = new Set()) {
  const real = realpathSync(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (existsSync(path) && statSync(path).isDirectory()) return csvFilesIn(path, seen);
    return /\.csv$/i.test(entry.name) ? [path] : [];
  });
}

/**
 * @param {Directory} directory of the database
 * @param {string} file
 * @param {ReadingOptions} options
 * @param {Summary} summary added to
 */
function importFile(directory, file, options, summary) {
  const name = shortPath(file);
  try {
    const { refused, leftOut, remarks, unreadPrices, mended, ...counts } = writeFile(directory, readFile(file, options), options.now);
    summary.files += 1;
    for (const key of /** @type {(keyof Counts)[]} */ (Object.keys(counts))) summary.counts[key] += counts[key];
    const toNote = (/** @type {import("./matches.js").Remark} */ remark) => ({ file: name, ...remark });
    summary.refused.push(...refused.map(toNote));
    summary.leftOut.push(...leftOut.map(toNote));
    summary.remarks.push(...remarks.map(toNote));
    for (const owner of unreadPrices) summary.unreadPrices.set(owner, (summary.unreadPrices.get(owner) ?? 0) + 1);
    addMended(summary.mended, mended);
  } catch (error) {
    if (!(error instanceof BrokenFileError)) throw error;
    summary.broken.push({ file: name, line: null, reason: error.message, kind: name });
  }
}

/**
 * Imports files one after the other, each in a transaction of its own. Ctrl-C is heard between two files.
 * @param {Connection} db
 * @param {string[]} files
 * @param {ReadingOptions & { onProgress: (done: number, file: string) => void }} options
 * @returns {Promise<Summary>}
 */
export async function importFiles(db, files, { onProgress, ...options }) {
  /** @type {Summary} */
  const summary = {
    files: 0,
    counts: noCounts(),
    broken: [],
    refused: [],
    leftOut: [],
    remarks: [],
    unreadPrices: new Map(),
    mended: mendDatabase(db),
    leagues: [],
    interrupted: false,
  };
  const interrupt = () => {
    summary.interrupted = true;
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const directory = new Directory(db);
  try {
    for (const [index, file] of files.entries()) {
      importFile(directory, file, options, summary);
      onProgress(index + 1, shortPath(file));
      await setImmediate();
      if (summary.interrupted) break;
    }
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  summary.leagues = reviewLeagues(db, options.now);
  return summary;
}
