import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { ScriptError } from "./errors.js";

/**
 * An open connection; the API is that of better-sqlite3, synchronous.
 * @typedef {import("libsql").Database} Connection
 */

/**
 * `PRAGMA application_id` of a database of simulated matches ("sfDe"): the header carries the mark, so the V3 schema needs no
 * table for it, and real matches are never mixed into it unnoticed.
 */
export const DEMO_APPLICATION_ID = 0x73664465;

const BUSY_TIMEOUT_MS = 10_000;

const CREATED = "created_at DATETIME DEFAULT CURRENT_TIMESTAMP";
const UPDATED = "updated_at DATETIME DEFAULT CURRENT_TIMESTAMP";

const PLACES = `
CREATE TABLE IF NOT EXISTS V3_Countries (
  country_id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  code TEXT,
  importance_rank INTEGER,
  ${CREATED}, ${UPDATED}
);
CREATE TABLE IF NOT EXISTS V3_Venues (
  venue_id INTEGER PRIMARY KEY AUTOINCREMENT,
  api_id INTEGER UNIQUE,
  name TEXT, city TEXT, capacity INTEGER, surface TEXT,
  ${CREATED}, ${UPDATED}
);`;

const COMPETITIONS = `
CREATE TABLE IF NOT EXISTS V3_Leagues (
  league_id INTEGER PRIMARY KEY AUTOINCREMENT,
  api_id INTEGER UNIQUE,
  name TEXT NOT NULL,
  type TEXT,
  country_id INTEGER REFERENCES V3_Countries (country_id),
  importance_rank INTEGER,
  ${CREATED}, ${UPDATED}
);
CREATE TABLE IF NOT EXISTS V3_League_Seasons (
  league_season_id INTEGER PRIMARY KEY AUTOINCREMENT,
  league_id INTEGER NOT NULL REFERENCES V3_Leagues (league_id),
  season_year INTEGER NOT NULL,
  start_date DATETIME, end_date DATETIME,
  is_current INTEGER DEFAULT 0,
  UNIQUE (league_id, season_year)
);
CREATE TABLE IF NOT EXISTS V3_Teams (
  team_id INTEGER PRIMARY KEY AUTOINCREMENT,
  api_id INTEGER UNIQUE,
  name TEXT NOT NULL,
  code TEXT, country TEXT,
  national INTEGER DEFAULT 0,
  venue_id INTEGER REFERENCES V3_Venues (venue_id),
  ${CREATED}, ${UPDATED}
);`;

const FIXTURES = `
CREATE TABLE IF NOT EXISTS V3_Fixtures (
  fixture_id INTEGER PRIMARY KEY AUTOINCREMENT,
  api_id INTEGER NOT NULL UNIQUE,
  league_id INTEGER REFERENCES V3_Leagues (league_id),
  season_year INTEGER,
  round TEXT,
  date DATETIME,
  timestamp INTEGER,
  timezone TEXT,
  venue_id INTEGER REFERENCES V3_Venues (venue_id),
  status_long TEXT, status_short TEXT, elapsed INTEGER,
  home_team_id INTEGER REFERENCES V3_Teams (team_id),
  away_team_id INTEGER REFERENCES V3_Teams (team_id),
  goals_home INTEGER, goals_away INTEGER,
  score_halftime_home INTEGER, score_halftime_away INTEGER,
  score_fulltime_home INTEGER, score_fulltime_away INTEGER,
  score_extratime_home INTEGER, score_extratime_away INTEGER,
  score_penalty_home INTEGER, score_penalty_away INTEGER,
  xg_home REAL, xg_away REAL,
  has_odds INTEGER DEFAULT 0,
  ${CREATED}, ${UPDATED}
);
CREATE INDEX IF NOT EXISTS idx_v3_fixtures_league_season ON V3_Fixtures (league_id, season_year);
CREATE INDEX IF NOT EXISTS idx_v3_fixtures_date ON V3_Fixtures (date);`;

const PRICE = `id INTEGER PRIMARY KEY AUTOINCREMENT,
  fixture_id INTEGER NOT NULL REFERENCES V3_Fixtures (fixture_id),
  bookmaker_id INTEGER NOT NULL,
  market_id INTEGER NOT NULL,
  value_home_over REAL, value_draw REAL, value_away_under REAL, handicap_value REAL`;

const ODDS = `
CREATE TABLE IF NOT EXISTS V3_Odds (
  ${PRICE},
  ${UPDATED},
  UNIQUE (fixture_id, bookmaker_id, market_id, handicap_value)
);
CREATE TABLE IF NOT EXISTS V3_Odds_History (
  ${PRICE},
  capture_timestamp DATETIME
);`;

const ODDS_INDEXES = `
CREATE INDEX IF NOT EXISTS idx_v3_odds_fixture ON V3_Odds (fixture_id);
CREATE INDEX IF NOT EXISTS idx_v3_odds_history_fixture ON V3_Odds_History (fixture_id);`;

const DETAILS = `
CREATE TABLE IF NOT EXISTS V3_Fixture_Stats (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fixture_id INTEGER NOT NULL REFERENCES V3_Fixtures (fixture_id),
  team_id INTEGER NOT NULL REFERENCES V3_Teams (team_id),
  half TEXT NOT NULL DEFAULT 'FT',
  shots_on_goal INTEGER DEFAULT 0, shots_off_goal INTEGER DEFAULT 0, shots_total INTEGER DEFAULT 0,
  shots_inside_box INTEGER DEFAULT 0, corner_kicks INTEGER DEFAULT 0, fouls INTEGER DEFAULT 0,
  offsides INTEGER DEFAULT 0, ball_possession TEXT, yellow_cards INTEGER DEFAULT 0,
  red_cards INTEGER DEFAULT 0, goalkeeper_saves INTEGER DEFAULT 0,
  passes_total INTEGER DEFAULT 0, passes_accurate INTEGER DEFAULT 0,
  UNIQUE (fixture_id, team_id, half)
);
CREATE TABLE IF NOT EXISTS V3_Fixture_Events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fixture_id INTEGER NOT NULL REFERENCES V3_Fixtures (fixture_id),
  time_elapsed INTEGER, extra_minute INTEGER,
  team_id INTEGER REFERENCES V3_Teams (team_id),
  type TEXT, detail TEXT
);
CREATE INDEX IF NOT EXISTS idx_v3_fixture_events_fixture ON V3_Fixture_Events (fixture_id);
CREATE TABLE IF NOT EXISTS V3_Standings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  league_id INTEGER NOT NULL REFERENCES V3_Leagues (league_id),
  season_year INTEGER NOT NULL,
  team_id INTEGER NOT NULL REFERENCES V3_Teams (team_id),
  group_name TEXT,
  rank INTEGER, points INTEGER, goals_diff INTEGER, form TEXT,
  played INTEGER, win INTEGER, draw INTEGER, lose INTEGER, goals_for INTEGER, goals_against INTEGER,
  ${UPDATED},
  UNIQUE (league_id, season_year, team_id, group_name)
);`;

/** The V3 schema without the indexes of prices: these take less time once the rows are there. */
export const SCHEMA_TO_FILL_SQL = [PLACES, COMPETITIONS, FIXTURES, ODDS, DETAILS].join("\n");

/** The whole V3 schema of the statFoot application, tables and indexes, in the order their foreign keys need. */
export const SCHEMA_SQL = [SCHEMA_TO_FILL_SQL, ODDS_INDEXES].join("\n");

/**
 * Makes the indexes of prices where they are missing: whoever looks prices up by fixture needs them.
 * @param {Connection} db
 */
export function indexPrices(db) {
  db.exec(ODDS_INDEXES);
}

/**
 * Opens a database that stays as it is: no table is made, no journal mode changed.
 * @param {string} path file to open; SQLite creates it where there is none
 * @returns {Connection}
 * @throws {ScriptError} when the file is no SQLite database
 */
export function connect(path) {
  const db = openFile(path);
  try {
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.pragma("foreign_keys = ON");
    db.pragma("schema_version");
  } catch (error) {
    db.close();
    throw new ScriptError(`${path} cannot be read as a database (${/** @type {Error} */ (error).message})`, { cause: error });
  }
  return db;
}

/**
 * @returns {typeof import("libsql")}
 * @throws {ScriptError} where it is not installed yet, which an import at the top would tell as a stack trace
 */
function driver() {
  try {
    return createRequire(import.meta.url)("libsql");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND")) throw error;
    throw new ScriptError("the Node packages are not there yet: run npm install (or npm run ml:start) first", { cause: error });
  }
}

/**
 * @param {string} path
 * @returns {Connection}
 */
function openFile(path) {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new ScriptError(`${path} is a folder, not a database`);
  if (!existsSync(dirname(path))) throw new ScriptError(`there is no folder ${dirname(path)}`);
  const Database = driver();
  try {
    return new Database(path);
  } catch (error) {
    throw new ScriptError(`${path} cannot be opened`, { cause: error });
  }
}

/**
 * @param {Connection} db
 * @returns {boolean} whether the database has the V3 tables
 */
export function hasSchema(db) {
  return scalar(db, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'V3_Fixtures'") === 1;
}

/**
 * @param {Connection} db
 * @returns {string[]} its tables and views that are not of the V3 schema
 */
export function foreignTables(db) {
  const ours = new Set([...SCHEMA_SQL.matchAll(/CREATE TABLE IF NOT EXISTS (\w+)/g)].map(([, name]) => name));
  const names = /** @type {[string][]} */ (db.prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").raw().all()).flat();
  return names.filter((name) => !ours.has(name) && !name.startsWith("sqlite_"));
}

/** Columns that a database of another version of the application may lack. */
const LATER_COLUMNS = /** @type {const} */ ([
  ["V3_Fixtures", "xg_home", "REAL"],
  ["V3_Fixtures", "xg_away", "REAL"],
]);

/** @param {Connection} db */
function addLaterColumns(db) {
  for (const [table, column, type] of LATER_COLUMNS) {
    const isThere = scalar(db, "SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, column) === 1;
    if (!isThere) db.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
  }
}

/**
 * Opens the V3 database at `path` in WAL mode, creating the file and whatever tables and columns are missing.
 * @param {string} path
 * @returns {Connection}
 * @throws {ScriptError} when the file is no SQLite database
 */
export function openDatabase(path) {
  const db = connect(path);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = NORMAL");
  db.exec(SCHEMA_SQL);
  addLaterColumns(db);
  return db;
}

/**
 * Does work in a transaction of its own, or in the one that is under way.
 * @template T
 * @param {Connection} db
 * @param {() => T} work
 * @returns {T}
 */
export function inTransaction(db, work) {
  return db.inTransaction ? work() : db.transaction(work).immediate();
}

/**
 * Closes a database that was written to, its write-ahead log emptied into it first: the driver keeps a connection alive while a
 * statement of it waits for the garbage collector, so SQLite's own way of doing this at the last close may come too late.
 * @param {Connection} db
 */
export function closeDatabase(db) {
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}

/**
 * First column of the first row, for pragmas and counts.
 * @param {Connection} db
 * @param {string} sql
 * @param {unknown[]} parameters
 * @returns {unknown}
 */
export function scalar(db, sql, ...parameters) {
  const row = /** @type {unknown[] | undefined} */ (db.prepare(sql).raw().get(parameters));
  return row?.[0];
}

/**
 * @param {Connection} db
 * @returns {boolean} whether the database holds the simulated matches of `npm run db:demo`
 */
export function isDemo(db) {
  return scalar(db, "PRAGMA application_id") === DEMO_APPLICATION_ID;
}
