/**
 * Writes small databases as the real application's versions did, for tests: `node applicationDatabase.js FOLDER FORM...` makes
 * FOLDER/FORM.sqlite of each. Prints, by form, the ids of fixtures by what is special about them.
 */

import { realpathSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { bulkInsert } from "../src/db/bulk.js";
import { closeDatabase } from "../src/db/schema.js";
import { FORMS, sqliteTime } from "./applicationForms.js";
import { applicationMatches } from "./applicationMatches.js";

/** @typedef {import("./applicationForms.js").Filling} Filling */
/** @typedef {import("./applicationForms.js").Form} Form */
/** @typedef {import("./applicationForms.js").Row} Row */
/** @typedef {import("./applicationMatches.js").Match} Match */
/** @typedef {import("./applicationMatches.js").Matches} Matches */

/**
 * @typedef {object} Writer
 * @property {(sql: string) => void} run
 * @property {(filling: Filling) => void} insert
 * @property {() => void} save
 */

/**
 * @typedef {object} Listed
 * @property {number} fixture_id
 * @property {number} api_id
 * @property {string} kick_off
 * @property {string | null} captured_at of its last prices
 * @property {Record<string, (number | null)[]>} prices the last, by market
 */

const DAY_MS = 86_400_000;

const CREATED = "created_at DATETIME DEFAULT CURRENT_TIMESTAMP, updated_at DATETIME DEFAULT CURRENT_TIMESTAMP";

/** No index but the keys and the two of V3_Fixtures. */
const SCHEMA = [
  `CREATE TABLE V3_Countries (country_id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, code TEXT, flag_url TEXT,
    importance_rank INTEGER DEFAULT 999, ${CREATED})`,
  `CREATE TABLE V3_Leagues (league_id INTEGER PRIMARY KEY AUTOINCREMENT, api_id INTEGER UNIQUE, name TEXT NOT NULL, type TEXT,
    logo_url TEXT, country_id INTEGER, importance_rank INTEGER DEFAULT 999, is_live_enabled BOOLEAN DEFAULT 0, ${CREATED},
    FOREIGN KEY (country_id) REFERENCES V3_Countries (country_id))`,
  `CREATE TABLE V3_Venues (venue_id INTEGER PRIMARY KEY AUTOINCREMENT, api_id INTEGER UNIQUE, name TEXT, city TEXT)`,
  `CREATE TABLE V3_Teams (team_id INTEGER PRIMARY KEY AUTOINCREMENT, api_id INTEGER UNIQUE, name TEXT NOT NULL, code TEXT, country TEXT,
    founded INTEGER, national BOOLEAN DEFAULT 0, logo_url TEXT, venue_id INTEGER, ${CREATED})`,
  `CREATE TABLE V3_Fixtures (fixture_id INTEGER PRIMARY KEY AUTOINCREMENT, api_id INTEGER UNIQUE NOT NULL, league_id INTEGER,
    season_year INTEGER, round TEXT, date DATETIME, timestamp INTEGER, timezone TEXT, venue_id INTEGER, referee TEXT, status_long TEXT,
    status_short TEXT, elapsed INTEGER, home_team_id INTEGER, away_team_id INTEGER, goals_home INTEGER, goals_away INTEGER,
    score_halftime_home INTEGER, score_halftime_away INTEGER, score_fulltime_home INTEGER, score_fulltime_away INTEGER,
    score_extratime_home INTEGER, score_extratime_away INTEGER, score_penalty_home INTEGER, score_penalty_away INTEGER,
    has_odds INTEGER DEFAULT 0, ${CREATED}, FOREIGN KEY (league_id) REFERENCES V3_Leagues (league_id),
    FOREIGN KEY (home_team_id) REFERENCES V3_Teams (team_id), FOREIGN KEY (away_team_id) REFERENCES V3_Teams (team_id))`,
  "CREATE INDEX fixtures_of_season ON V3_Fixtures (league_id, season_year)",
  "CREATE INDEX fixtures_of_day ON V3_Fixtures (date)",
  `CREATE TABLE V3_Fixture_Stats (id INTEGER PRIMARY KEY AUTOINCREMENT, fixture_id INTEGER NOT NULL, team_id INTEGER NOT NULL,
    half TEXT DEFAULT 'FT', shots_on_goal INTEGER DEFAULT 0, shots_off_goal INTEGER DEFAULT 0, shots_total INTEGER DEFAULT 0,
    shots_inside_box INTEGER DEFAULT 0, corner_kicks INTEGER DEFAULT 0, fouls INTEGER DEFAULT 0, ball_possession TEXT,
    yellow_cards INTEGER DEFAULT 0, red_cards INTEGER DEFAULT 0, UNIQUE (fixture_id, team_id, half))`,
  "CREATE TABLE V3_System_Preferences (id INTEGER PRIMARY KEY CHECK (id = 1), favorite_leagues JSON DEFAULT '[]')",
  "CREATE VIEW v_market_settlements AS SELECT fixture_id, goals_home + goals_away AS total FROM V3_Fixtures WHERE status_short = 'FT'",
];

const LONG_STATUS = new Map(
  Object.entries({ FT: "Match Finished", NS: "Not Started", TBD: "Time To Be Defined", PST: "Match Postponed", SUSP: "Match Suspended" }),
);

/**
 * @param {number} ms UTC
 * @param {number} offset hours
 * @returns {string} ISO 8601 with the offset
 */
function dateText(ms, offset) {
  return `${new Date(ms + offset * 3_600_000).toISOString().slice(0, 19)}+${String(offset).padStart(2, "0")}:00`;
}

/**
 * @param {Matches} matches
 * @returns {Filling[]} countries, leagues and teams
 */
function places({ leagues, teams }) {
  const countries = [...new Set(leagues.map(({ country }) => country))];
  return [
    { table: "V3_Countries", columns: ["name"], rows: countries.map((name) => [name]) },
    {
      table: "V3_Leagues",
      columns: ["api_id", "name", "type", "country_id"],
      rows: leagues.map(({ apiId, name, type, country }) => [apiId, name, type, countries.indexOf(country) + 1]),
    },
    { table: "V3_Teams", columns: ["api_id", "name", "country"], rows: teams.map(({ apiId, name, country }) => [apiId, name, country]) },
  ];
}

const FIXTURE_COLUMNS = [
  ...["api_id", "league_id", "season_year", "round", "date", "timestamp", "timezone", "status_long", "status_short", "elapsed"],
  ...["home_team_id", "away_team_id", "goals_home", "goals_away", "score_fulltime_home", "score_fulltime_away"],
  ...["score_extratime_home", "score_extratime_away", "score_penalty_home", "score_penalty_away", "has_odds"],
];

/**
 * @param {Matches} all
 * @returns {Filling} the fixtures, whose ids are their places from 1
 */
function fixtures({ leagues, teams, matches }) {
  const score = (/** @type {import("../src/demo/goals.js").Goals | null} */ goals) => [goals?.home ?? null, goals?.away ?? null];
  const rows = matches.map((match) => [
    ...[match.apiId, leagues.indexOf(match.league) + 1, match.seasonYear, match.round],
    ...[dateText(match.kickOff, match.offset), match.kickOff / 1000, "UTC"],
    ...[LONG_STATUS.get(match.status) ?? match.status, match.status, match.goals ? 90 : null],
    ...[teams.indexOf(match.home) + 1, teams.indexOf(match.away) + 1],
    ...[match.goals, match.fullTime, match.extraTime, match.penalty].flatMap(score),
    match.captures.length > 0 ? 1 : 0,
  ]);
  return { table: "V3_Fixtures", columns: FIXTURE_COLUMNS, rows };
}

/**
 * @param {Matches} all
 * @returns {Filling}
 */
function statistics({ teams, matches }) {
  const columns = ["fixture_id", "team_id", "half", "shots_on_goal", "shots_total", "corner_kicks", "red_cards"];
  const rows = matches.flatMap((match, place) =>
    match.statistics.map(({ half, isHome, onGoal, total, corners, red }) => [
      ...[place + 1, teams.indexOf(isHome ? match.home : match.away) + 1, half],
      ...[onGoal, total, corners, red],
    ]),
  );
  return { table: "V3_Fixture_Stats", columns, rows };
}

/**
 * @param {string} path
 * @param {Form} form
 * @returns {Writer} a driver like better-sqlite3, in WAL mode
 */
function walWriter(path, { foreignKeys, saving }) {
  const Database = /** @type {typeof import("libsql")} */ (createRequire(import.meta.url)("libsql"));
  const db = new Database(path);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = OFF");
  db.pragma(`foreign_keys = ${foreignKeys ? "ON" : "OFF"}`);
  if (saving === "left open") db.pragma("wal_autocheckpoint = 0");
  return {
    run: (sql) => db.exec(sql),
    insert: ({ table, columns, rows }) => db.transaction(() => bulkInsert(db, table, columns)(rows))(),
    save: () => (saving === "left open" ? undefined : closeDatabase(db)),
  };
}

/**
 * @param {string} version the package's name
 * @param {Uint8Array} [content]
 * @returns {Promise<import("sql.js").Database>}
 */
export async function openExported(version, content) {
  const initialise = /** @type {typeof import("sql.js")} */ (createRequire(import.meta.url)(version));
  const { Database } = await initialise();
  return new Database(content);
}

/**
 * Saves as the application does: the whole database, over the file or under another name that is then its own.
 * @param {import("sql.js").Database} db
 * @param {string} path
 * @param {string} saving
 */
export function saveExport(db, path, saving) {
  const target = saving === "by rename" ? `${path}.new` : path;
  writeFileSync(target, db.export());
  if (target !== path) renameSync(target, path);
}

/**
 * @param {string} path
 * @param {Form} form
 * @returns {Promise<Writer>}
 */
async function exportWriter(path, { driver, foreignKeys, saving }) {
  const db = await openExported(driver);
  db.run(`PRAGMA foreign_keys = ${foreignKeys ? "ON" : "OFF"}`);
  return {
    run: (sql) => void db.run(sql),
    insert: ({ table, columns, rows }) => {
      db.run("BEGIN");
      const insert = db.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`);
      for (const row of rows) insert.run(row);
      insert.free();
      db.run("COMMIT");
    },
    save: () => saveExport(db, path, saving),
  };
}

/**
 * @param {Match[]} matches
 * @param {Form} form
 * @param {number} now
 * @returns {Filling[]} prices
 */
function prices(matches, { ids, days, fill }, now) {
  const since = days === null ? -Infinity : now - days * DAY_MS;
  const numbered = matches.map((match, place) => ({
    match: { ...match, captures: match.captures.filter(({ at }) => at >= since) },
    id: ids === "api_id" ? match.apiId : place + 1,
  }));
  return fill(numbered);
}

/**
 * @param {string} name of a form
 * @param {string} path
 * @param {number} now ms UTC
 * @returns {Promise<Record<string, Listed>>} special fixtures by name
 * @throws {RangeError} for a form that there is not
 */
export async function writeApplicationDatabase(name, path, now) {
  const form = FORMS[name];
  if (!form) throw new RangeError(`no form ${name}; there are ${Object.keys(FORMS).join(", ")}`);
  const all = applicationMatches(now);
  const writer = form.driver === "libsql" ? walWriter(path, form) : await exportWriter(path, form);
  for (const sql of [...SCHEMA, ...form.schema]) writer.run(sql);
  for (const filling of [...places(all), fixtures(all), statistics(all), ...prices(all.matches, form, now)]) writer.insert(filling);
  writer.save();
  return special(all, now);
}

/**
 * @param {Matches} all
 * @param {number} now
 * @returns {Record<string, Listed>} fixtures by what is special about them, `coming` and `last` being of an ordinary one
 */
function special({ matches }, now) {
  const listed = (/** @type {Match} */ match) => {
    const isoTime = (/** @type {number} */ ms) => `${sqliteTime(ms).replace(" ", "T")}Z`;
    const { at, prices } = match.captures.at(-1) ?? { at: null, prices: [] };
    return {
      fixture_id: matches.indexOf(match) + 1,
      api_id: match.apiId,
      kick_off: isoTime(match.kickOff),
      captured_at: at === null ? null : isoTime(at),
      prices: Object.fromEntries(prices.map(({ market, values }) => [market, values])),
    };
  };
  const plain = matches.filter(({ name }) => name === "");
  const coming = plain.filter(({ kickOff, bookmaker }) => kickOff > now && bookmaker === 8)[0];
  const last = plain.filter(({ kickOff, home }) => kickOff < now && home === coming.home).at(-1);
  const small = plain.filter(({ apiId }) => apiId <= matches.length)[0];
  const named = matches.filter(({ name }) => name !== "").map((match) => /** @type {const} */ ([match.name, listed(match)]));
  return Object.fromEntries([...named, ["coming", listed(coming)], ["last_at_home", listed(last ?? coming)], ["small_api_id", listed(small)]]);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [folder, ...names] = process.argv.slice(2);
  /** @type {Record<string, Record<string, Listed>>} */
  const written = {};
  for (const name of names) written[name] = await writeApplicationDatabase(name, join(folder, `${name}.sqlite`), Date.now());
  process.stdout.write(`${JSON.stringify(written)}\n`);
  // As a backend that is killed: what is in the write-ahead log stays there.
  if (names.some((name) => FORMS[name].saving === "left open")) process.kill(process.pid, "SIGKILL");
}
