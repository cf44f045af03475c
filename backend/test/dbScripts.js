import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { closeDatabase, connect, openDatabase } from "../src/db/schema.js";
import { importFiles } from "../src/import/importer.js";
import { describe } from "../src/import/summary.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const SCRIPTS = join(HERE, "..", "scripts");

/** Season files of football-data.co.uk, by season; not everyone has them. */
export const DATA = process.env.FOOTBALL_DATA ?? join(HERE, "..", "..", "..", "shared", "data", "football-data");

/** @typedef {{ code: number | null, stdout: string, stderr: string }} Ran */

/**
 * A folder of a test's own, gone when the test is over.
 * @param {import("node:test").TestContext} t
 * @returns {string}
 */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), "statfoot-db-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * @param {string} name
 * @returns {string} path of the script
 */
export function scriptPath(name) {
  return join(SCRIPTS, `${name}.js`);
}

/**
 * @param {string} script such as `db-import`
 * @param {string[]} args
 * @returns {Ran}
 */
export function run(script, ...args) {
  return runWith({}, script, ...args);
}

/**
 * @param {Record<string, string>} settings in the environment
 * @param {string} script
 * @param {string[]} args
 * @returns {Ran}
 */
export function runWith(settings, script, ...args) {
  const env = { ...process.env, ...settings };
  const { status, stdout, stderr } = spawnSync(process.execPath, [scriptPath(script), ...args], { encoding: "utf8", env });
  return { code: status, stdout, stderr };
}

/**
 * @param {string} database
 * @param {string} sql
 * @returns {unknown[][]}
 */
export function rows(database, sql) {
  const db = connect(database);
  try {
    return /** @type {unknown[][]} */ (db.prepare(sql).raw().all());
  } finally {
    db.close();
  }
}

/** A folder of season files and the database that they are imported into. */
export class Importing {
  /** @param {import("node:test").TestContext} t */
  constructor(t) {
    this.folder = temporaryFolder(t);
    this.database = join(this.folder, "database.sqlite");
  }

  /**
   * @param {string} name with folders
   * @param {string | Buffer | string[]} content lines, or the whole
   * @returns {string} path
   */
  file(name, content) {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Array.isArray(content) ? `${content.join("\n")}\n` : content);
    return path;
  }

  /**
   * Imports in this process, which takes a tenth of the time of the script.
   * @param {string} name
   * @param {string | Buffer | string[]} content
   * @returns {Promise<{ code: number, stdout: string }>} as of the script
   */
  async import(name, content) {
    const file = this.file(name, content);
    const db = openDatabase(this.database);
    try {
      const summary = await importFiles(db, [file], { now: Date.now(), onProgress: () => {} });
      return { code: summary.broken.length > 0 ? 1 : 0, stdout: describe(summary, 0) };
    } finally {
      closeDatabase(db);
    }
  }

  /**
   * @param {string} name
   * @param {string | Buffer | string[]} content
   * @param {string[]} options
   * @returns {Ran}
   */
  importByScript(name, content, ...options) {
    return run("db-import", this.file(name, content), "--db", this.database, ...options);
  }

  /**
   * @param {string} name
   * @param {string[]} options
   * @returns {Ran}
   */
  importFolder(name, ...options) {
    return run("db-import", join(this.folder, name), "--db", this.database, ...options);
  }

  /**
   * @param {string} sql
   * @returns {unknown[][]}
   */
  rows(sql) {
    return rows(this.database, sql);
  }

  /** @returns {unknown[][]} day, teams, status and score of all fixtures, in order of day */
  fixtures() {
    return this.rows(`
      SELECT substr(f.date, 1, 10), h.name, a.name, status_short, goals_home, goals_away FROM V3_Fixtures f
      JOIN V3_Teams h ON h.team_id = home_team_id JOIN V3_Teams a ON a.team_id = away_team_id ORDER BY f.date, h.name`);
  }
}
