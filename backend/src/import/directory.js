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
    this.created = { leagues: 0, teams: 0 };
    this.countries = new Map(rowsOf(db, "SELECT name, country_id FROM V3_Countries"));
    this.leagues = new Map(
      rowsOf(db, "SELECT c.name || '|' || l.name, l.league_id FROM V3_Leagues l JOIN V3_Countries c USING (country_id) WHERE l.api_id < 0"),
    );
    const teams = rowsOf(db, "SELECT country || '|' || name, team_id FROM V3_Teams WHERE api_id < 0");
    this.teams = new Map(teams.map(([key, id]) => [keyOfStored(key), id]));
    /** @type {Map<number, string>} */
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
    if (isNewest)
      this.db.prepare("UPDATE V3_Leagues SET name = ?, updated_at = CURRENT_TIMESTAMP WHERE league_id = ?").run([league.name, id]);
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
   * @param {string} name a new one of a team that the database has
   * @param {number} team id
   * @param {boolean} isNewest whether it is kept under that name from now on
   */
  knowAs(country, name, team, isNewest) {
    this.teams.set(teamKey(country, name), team);
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
