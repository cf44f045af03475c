import { bulkInsert } from "../db/bulk.js";
import { scalar } from "../db/schema.js";
import { teamKey, usualSpelling } from "./aliases.js";
import { importedId } from "./ids.js";
import { leagueKey } from "./leagues.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./leagues.js").League} League */

/**
 * Whether some row of a table already has an `api_id`.
 * @param {Connection} db
 * @param {string} table
 * @returns {(apiId: number) => boolean}
 */
export function idIsTaken(db, table) {
  const statement = db.prepare(`SELECT 1 FROM ${table} WHERE api_id = ?`).raw();
  return (apiId) => statement.get([apiId]) !== undefined;
}

/**
 * The ids of what has a name: countries, imported leagues and imported teams, created at first mention. Rows of API-Football
 * (positive `api_id`) are never touched, whatever their names.
 */
export class Directory {
  /** @param {Connection} db */
  constructor(db) {
    this.db = db;
    /** SQLite's number of what other connections wrote; null where the next file has to read all anew. @type {unknown} */
    this.version = null;
    this.created = { leagues: 0, teams: 0 };
    /** @type {Map<string, number>} */
    this.countries = new Map();
    /** @type {Map<string, number>} */
    this.leagues = new Map();
    /** @type {Map<string, number>} */
    this.teams = new Map();
    /** @type {Map<number, string>} */
    this.names = new Map();
  }

  /**
   * Begins a file, in its transaction: rows are read anew where another connection has written, or where the file before gave
   * something a second name, which holds for that file alone.
   */
  begin() {
    this.created = { leagues: 0, teams: 0 };
    const version = scalar(this.db, "PRAGMA data_version");
    if (version !== this.version) this.read();
    this.version = version;
  }

  read() {
    this.countries = new Map(rowsOf(this.db, "SELECT name, country_id FROM V3_Countries"));
    const leagues = "SELECT c.name || '|' || l.name, l.league_id FROM V3_Leagues l JOIN V3_Countries c USING (country_id) WHERE l.api_id < 0";
    this.leagues = new Map(rowsOf(this.db, leagues));
    const teams = rowsOf(this.db, "SELECT country || '|' || name, team_id FROM V3_Teams WHERE api_id < 0");
    this.teams = new Map(teams.map(([key, id]) => [keyOfStored(key), id]));
    this.names = new Map(teams.map(([key, id]) => [id, key.slice(key.indexOf("|") + 1)]));
  }

  /**
   * @param {string} name
   * @returns {number} country_id
   */
  country(name) {
    const known = this.countries.get(name);
    if (known !== undefined) return known;
    const id = this.insert("V3_Countries", { name });
    this.countries.set(name, id);
    return id;
  }

  /**
   * @param {League} league
   * @returns {number} league_id
   */
  league(league) {
    const key = leagueKey(league);
    const known = this.leagues.get(key);
    if (known !== undefined) return known;
    const apiId = importedId(`league|${key}`, idIsTaken(this.db, "V3_Leagues"));
    const id = this.insert("V3_Leagues", { api_id: apiId, name: league.name, type: "League", country_id: this.country(league.country) });
    this.leagues.set(key, id);
    this.created.leagues += 1;
    return id;
  }

  /**
   * @param {League} league under a new name of one that the database has
   * @param {number} id
   * @param {boolean} isNewest whether it is kept under that name from now on
   */
  knowLeagueAs(league, id, isNewest) {
    this.leagues.set(leagueKey(league), id);
    this.version = null;
    if (isNewest)
      this.db.prepare("UPDATE V3_Leagues SET name = ?, updated_at = CURRENT_TIMESTAMP WHERE league_id = ?").run([league.name, id]);
  }

  /**
   * @param {string} gone key of a league that has become another
   * @param {number} kept id
   */
  mergeLeague(gone, kept) {
    this.leagues.set(gone, kept);
    this.version = null;
  }

  /**
   * @param {string} country
   * @param {string} name in any spelling
   * @returns {number} team_id
   */
  team(country, name) {
    const key = teamKey(country, name);
    const known = this.teams.get(key);
    if (known !== undefined) return known;
    const apiId = importedId(`team|${key}`, idIsTaken(this.db, "V3_Teams"));
    const id = this.insert("V3_Teams", { api_id: apiId, name: usualSpelling(country, name), country, national: 0 });
    this.teams.set(key, id);
    this.names.set(id, usualSpelling(country, name));
    this.created.teams += 1;
    return id;
  }

  /**
   * @param {number} team id
   * @returns {string}
   */
  nameOf(team) {
    return this.names.get(team) ?? String(team);
  }

  /**
   * @param {string} country
   * @returns {number[]} ids of its teams
   */
  teamsOf(country) {
    return [...new Set([...this.teams].flatMap(([key, id]) => (key.startsWith(`${country}|`) ? [id] : [])))];
  }

  /**
   * @param {string} country
   * @param {string} name a new one of a team that the database has
   * @param {number} team id
   * @param {boolean} isNewest whether it is kept under that name from now on
   */
  knowAs(country, name, team, isNewest) {
    this.teams.set(teamKey(country, name), team);
    this.version = null;
    if (!isNewest) return;
    this.names.set(team, name);
    this.db.prepare("UPDATE V3_Teams SET name = ?, updated_at = CURRENT_TIMESTAMP WHERE team_id = ?").run([name, team]);
  }

  /**
   * @param {number} gone id of a team that has become another
   * @param {number} kept id
   */
  mergeTeam(gone, kept) {
    for (const [key, id] of this.teams) if (id === gone) this.teams.set(key, kept);
    this.version = null;
  }

  /**
   * @param {string} table
   * @param {Record<string, string | number>} row
   * @returns {number} its new id
   */
  insert(table, row) {
    bulkInsert(this.db, table, Object.keys(row))([Object.values(row)]);
    return /** @type {number} */ (scalar(this.db, "SELECT last_insert_rowid()"));
  }
}

/**
 * @param {Connection} db
 * @param {string} sql
 * @returns {[string, number][]}
 */
function rowsOf(db, sql) {
  return /** @type {[string, number][]} */ (db.prepare(sql).raw().all());
}

/** @param {string} stored country and name as the table has them */
function keyOfStored(stored) {
  const [country, ...name] = stored.split("|");
  return teamKey(country, name.join("|"));
}
