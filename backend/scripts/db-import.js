#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ScriptError, UsageError } from '../src/db/errors.js';
import { makeDatabase } from '../src/db/replace.js';
import { connect, isDemo, openDatabase, scalar } from '../src/db/schema.js';
import { DEFAULT_DATABASE, readArguments, runScript } from '../src/db/script.js';
import { findFiles, importFiles } from '../src/import/importer.js';
import { progressOn } from '../src/import/progress.js';
import { describe } from '../src/import/summary.js';

/** @typedef {import('../src/db/schema.js').Connection} Connection */
/** @typedef {import('../src/import/importer.js').Summary} Summary */

const HELP = `Usage: npm run db:import -- FILE|FOLDER... [--db PATH] [--fresh]

Reads season files of football-data.co.uk into the database: the main leagues' (Div,Date,HomeTeam,...), the extra leagues'
(Country,League,Season,Date,Home,...) and fixtures.csv; a row without a result is a match to come. Of a folder, every .csv is read.
Importing a file again, or a longer one, updates what changed and duplicates nothing.

  --db PATH   database to write; backend/database.sqlite unless given
  --fresh     start a new database in its place
  --help      this text

Exit code 0 when every file was taken (rows that make no sense are listed), 1 when a file was left out or nothing could be done,
2 for a wrong command line, 130 when interrupted.
`;

/**
 * @param {string} path
 * @throws {ScriptError} when it holds what football-data.co.uk's files cannot bring back
 */
function refuseToReplace(path) {
  if (!existsSync(path)) return;
  const db = connect(path);
  try {
    const hasFixtures = scalar(db, "SELECT 1 FROM sqlite_master WHERE name = 'V3_Fixtures'") === 1;
    const others = hasFixtures && !isDemo(db) ? Number(scalar(db, 'SELECT COUNT(*) FROM V3_Fixtures WHERE api_id >= 0')) : 0;
    if (others > 0) throw new ScriptError(`${path} holds ${others} fixtures of another source; move it away first, or give another --db`);
  } finally {
    db.close();
  }
}

/**
 * @param {string} path
 * @param {(db: Connection) => Promise<Summary>} work
 * @returns {Promise<Summary>}
 * @throws {ScriptError} when the database holds simulated matches
 */
async function addTo(path, work) {
  const db = openDatabase(path);
  try {
    if (isDemo(db)) throw new ScriptError(`${path} holds the demo's simulated matches; --fresh replaces it, --db PATH writes elsewhere`);
    return await work(db);
  } finally {
    db.close();
  }
}

/** @param {string[]} args */
async function main(args) {
  const { options, files } = readArguments(args, { fresh: { type: 'boolean' } }, true);
  if (files.length === 0) throw new UsageError('name at least one file or folder; --help tells more');
  const path = resolve(String(options.db ?? DEFAULT_DATABASE));
  const paths = findFiles(files);
  const progress = progressOn(process.stderr, paths.length);
  const work = (/** @type {Connection} */ db) => importFiles(db, paths, { now: Date.now(), onProgress: progress.show });
  const started = performance.now();
  if (options.fresh) refuseToReplace(path);
  const summary = await (options.fresh ? makeDatabase(path, work) : addTo(path, work));
  progress.end();
  process.stdout.write(describe(summary, (performance.now() - started) / 1000));
  if (summary.interrupted) return 130;
  return summary.broken.length > 0 ? 1 : 0;
}

await runScript('db:import', HELP, main);
