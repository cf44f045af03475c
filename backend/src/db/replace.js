import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ScriptError } from "./errors.js";
import { SCHEMA_TO_FILL_SQL, connect, indexPrices } from "./schema.js";

/** @typedef {import("./schema.js").Connection} Connection */

/** Pages of the index of `api_id`, which fixtures enter at random, stay in memory. */
const CACHE_KIB = 64 * 1024;
const SIDECARS = ["-wal", "-shm", "-journal"];

/** @param {string} path */
function removeWithSidecars(path) {
  for (const suffix of ["", ...SIDECARS]) rmSync(path + suffix, { force: true });
}

/**
 * @param {number} pid
 * @returns {boolean}
 */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/**
 * Removes what a killed run left beside `path`; a run that still goes on keeps its file.
 * @param {string} path
 */
function removeAbandoned(path) {
  const prefix = `${basename(path)}.making-`;
  for (const name of readdirSync(dirname(path))) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : NaN;
    if (pid > 0 && !isRunning(pid)) rmSync(join(dirname(path), name), { force: true });
  }
}

/** @param {string} path */
function flushToDisk(path) {
  const descriptor = openSync(path, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * SQLite ties no write-ahead log to its database: a log left by the file that `path` named before would be replayed into the new
 * one, so the sidecars go first.
 * @param {string} making
 * @param {string} path
 */
function putInPlace(making, path) {
  flushToDisk(making);
  for (const suffix of SIDECARS) rmSync(path + suffix, { force: true });
  renameSync(making, path);
}

/**
 * @param {string} path
 * @returns {Connection} an empty V3 database that is quick to fill: until it is renamed into place nobody misses it, and foreign
 *   keys lead to rows of the same filling
 */
function openForMaking(path) {
  const db = connect(path);
  db.pragma("journal_mode = MEMORY");
  db.pragma("synchronous = OFF");
  db.pragma("foreign_keys = OFF");
  db.pragma(`cache_size = -${CACHE_KIB}`);
  db.exec(SCHEMA_TO_FILL_SQL);
  return db;
}

/**
 * Makes a whole new database at `path`: it is filled under another name and renamed when it is complete, so that whoever looks
 * finds the old file or the new one, never half of one. Interrupted or failed, it leaves nothing behind.
 * @template T
 * @param {string} path
 * @param {(db: Connection) => Promise<T>} fill gives way now and then, so that Ctrl-C is heard
 * @returns {Promise<T>}
 */
export async function makeDatabase(path, fill) {
  if (!existsSync(dirname(path))) throw new ScriptError(`there is no folder ${dirname(path)}`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new ScriptError(`${path} is a folder`);
  removeAbandoned(path);
  const making = `${path}.making-${process.pid}`;
  const abandon = (/** @type {number} */ code) => {
    removeWithSidecars(making);
    process.exit(code);
  };
  const onInterrupt = () => abandon(130);
  const onTerminate = () => abandon(143);
  process.once("SIGINT", onInterrupt).once("SIGTERM", onTerminate);
  try {
    const result = await fillAndClose(making, fill);
    putInPlace(making, path);
    return result;
  } finally {
    process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate);
    removeWithSidecars(making);
  }
}

/**
 * Fills the database in one transaction: the index of `api_id` would be written once for every smaller one.
 * @template T
 * @param {string} making
 * @param {(db: Connection) => Promise<T>} fill
 * @returns {Promise<T>}
 */
async function fillAndClose(making, fill) {
  const db = openForMaking(making);
  try {
    db.exec("BEGIN");
    const result = await fill(db);
    db.exec("COMMIT");
    indexPrices(db);
    db.pragma("journal_mode = WAL");
    return result;
  } finally {
    db.close();
  }
}
