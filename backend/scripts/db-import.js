#!/usr/bin/env node
import { existsSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { ScriptError, UsageError } from "../src/db/errors.js";
import { makeDatabase } from "../src/db/replace.js";
import { closeDatabase, connect, foreignTables, hasSchema, isDemo, openDatabase, scalar } from "../src/db/schema.js";
import { EXIT, readArguments, runScript } from "../src/db/script.js";
import { divisionCode } from "../src/import/division.js";
import { findFiles, importFiles } from "../src/import/importer.js";
import { progressOn } from "../src/import/progress.js";
import { describe } from "../src/import/summary.js";
import { readDatabasePath } from "./lib/settings.js";

/** @typedef {import("../src/db/schema.js").Connection} Connection */
/** @typedef {import("../src/import/importer.js").Summary} Summary */

const HELP = `Usage: npm run db:import -- FILE|FOLDER... [--db PATH] [--fresh] [--division CODE]

Reads season files of football-data.co.uk into the database: the main leagues' (Div,Date,HomeTeam,...), the extra leagues'
(Country,League,Season,Date,Home,...) and fixtures.csv; a row without a result is a match to come. Of a folder, every .csv is read.
Importing a file again, or a longer one, updates what changed and duplicates nothing. Copies that Excel, R or pandas saved are
read as well: semicolons or tabs, decimal commas, their dates, NA.

  --db PATH   database to write; unless given the setting DB_PATH, which is backend/database.sqlite if not set
  --fresh     start a new database in its place
  --division CODE
              division (E0, SP1, ...) of files that name none, neither in a column Div nor by a name such as E0_2324.csv
  --help      this text

Exit code 0 when every file was taken (rows that make no sense are listed), 1 when a file was left out or nothing could be done,
2 for a wrong command line, 130 when interrupted.
`;

/**
 * @param {Connection} db
 * @returns {string | null} what it holds that neither an import nor the demo makes
 */
function irreplaceable(db) {
  const tables = foreignTables(db);
  if (tables.length > 0) return `tables that no import makes (${tables.join(", ")})`;
  if (!hasSchema(db) || isDemo(db)) return null;
  const others = Number(scalar(db, "SELECT COUNT(*) FROM V3_Fixtures WHERE api_id >= 0"));
  return others > 0 ? `${others} fixtures of another source` : null;
}

/**
 * @param {string} path
 * @throws {ScriptError} when it holds what football-data.co.uk's files cannot bring back
 */
function refuseToReplace(path) {
  if (!existsSync(path)) return;
  const db = connect(path);
  try {
    const held = irreplaceable(db);
    if (held) throw new ScriptError(`${path} holds ${held}; move it away first, or give another --db`);
  } finally {
    db.close();
  }
}

/**
 * Adds to the database at `path`; one that was made for it and got nothing is taken away again.
 * @param {string} path
 * @param {(db: Connection) => Promise<Summary>} work
 * @returns {Promise<Summary>}
 * @throws {ScriptError} when the database holds simulated matches
 */
async function addTo(path, work) {
  const isNew = !existsSync(path);
  const db = openDatabase(path);
  let files = 0;
  try {
    if (isDemo(db)) throw new ScriptError(`${path} holds the demo's simulated matches; --fresh replaces it, --db PATH writes elsewhere`);
    const summary = await work(db);
    files = summary.files;
    return summary;
  } finally {
    closeDatabase(db);
    if (isNew && files === 0) for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  }
}

/**
 * Puts a new database in the place of the one at `path`, unless no file could be read.
 * @param {string} path
 * @param {(db: Connection) => Promise<Summary>} work
 * @returns {Promise<Summary>}
 */
function startAnew(path, work) {
  refuseToReplace(path);
  return makeDatabase(path, async (db) => {
    const summary = await work(db);
    const [broken] = summary.broken;
    if (summary.files === 0) throw new ScriptError(`no file could be read, so nothing is replaced; ${broken.file} ${broken.reason}`);
    return summary;
  });
}

/**
 * @param {unknown} text
 * @returns {string | null}
 * @throws {UsageError}
 */
function readDivision(text) {
  if (text === undefined) return null;
  const code = divisionCode(String(text));
  if (code === null) throw new UsageError(`--division ${text} is no division; give a code such as E0`);
  return code;
}

/** @param {string[]} args */
async function main(args) {
  const { options, files } = readArguments(args, { fresh: { type: "boolean" }, division: { type: "string" } }, true);
  if (files.length === 0) throw new UsageError("name at least one file or folder; --help tells more");
  const division = readDivision(options.division);
  const path = resolve(String(options.db ?? readDatabasePath()));
  const paths = findFiles(files);
  const progress = progressOn(process.stderr, paths.length);
  const work = (/** @type {Connection} */ db) => importFiles(db, paths, { now: Date.now(), division, onProgress: progress.show });
  const started = performance.now();
  try {
    const summary = await (options.fresh ? startAnew(path, work) : addTo(path, work));
    progress.end();
    process.stdout.write(describe(summary, (performance.now() - started) / 1000));
    if (summary.interrupted) return EXIT.interrupted;
    return summary.broken.length > 0 ? EXIT.failed : EXIT.ok;
  } catch (error) {
    progress.end();
    throw error;
  }
}

await runScript("db:import", HELP, main);
