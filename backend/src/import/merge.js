import { scalar } from "../db/schema.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {'V3_Leagues' | 'V3_Teams' | 'V3_Fixtures'} Table */

/** @type {Record<Table, { key: string, references: string[] }>} */
const TABLES = {
  V3_Leagues: { key: "league_id", references: ["league_id"] },
  V3_Teams: { key: "team_id", references: ["team_id", "home_team_id", "away_team_id"] },
  V3_Fixtures: { key: "fixture_id", references: ["fixture_id"] },
};

const PRICE_KIND = ["bookmaker_id", "market_id", "handicap_value"];

/**
 * Makes one row of several: whatever refers to those that go refers to the one that stays, in every table of the database, also
 * those that only the application has.
 * @param {Connection} db in a transaction
 * @param {Table} table
 * @param {Map<number, number>} merged id of the row that stays by that of the one that goes
 */
export function mergeRows(db, table, merged) {
  if (merged.size === 0) return;
  db.exec("CREATE TEMP TABLE IF NOT EXISTS merged (gone INTEGER PRIMARY KEY, kept INTEGER NOT NULL); DELETE FROM merged");
  const insert = db.prepare("INSERT INTO merged VALUES (?, ?)");
  for (const [gone, kept] of merged) insert.run([gone, kept]);
  if (table === "V3_Fixtures") keepKnown(db);
  const { key, references } = TABLES[table];
  for (const [owner, column] of referencesTo(db, table, references)) redirect(db, owner, column);
  db.exec(`DELETE FROM ${table} WHERE ${key} IN (SELECT gone FROM merged)`);
}

/**
 * @param {Connection} db
 * @param {Table} table
 * @param {string[]} names
 * @returns {[string, string][]} table and column of everything that refers to the table's rows
 */
function referencesTo(db, table, names) {
  const sql = `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name <> ?1 AND c.name IN (SELECT value FROM json_each(?2))
    UNION SELECT m.name, k."from" FROM sqlite_master m, pragma_foreign_key_list(m.name) k WHERE m.type = 'table' AND k."table" = ?1`;
  return /** @type {[string, string][]} */ (
    db
      .prepare(sql)
      .raw()
      .all([table, JSON.stringify(names)])
  );
}

/**
 * A row that would stand twice, such as a season of both leagues, goes.
 * @param {Connection} db
 * @param {string} owner
 * @param {string} column
 */
function redirect(db, owner, column) {
  const isGone = `"${column}" IN (SELECT gone FROM merged)`;
  db.exec(`UPDATE OR IGNORE "${owner}" SET "${column}" = (SELECT kept FROM merged WHERE gone = "${column}") WHERE ${isGone};
    DELETE FROM "${owner}" WHERE ${isGone}`);
}

/**
 * What a fixture that goes knows beyond the one that stays.
 * @param {Connection} db
 */
function keepKnown(db) {
  db.exec(`UPDATE V3_Fixtures SET has_odds = MAX(V3_Fixtures.has_odds, g.has_odds),
      score_halftime_home = COALESCE(V3_Fixtures.score_halftime_home, g.score_halftime_home),
      score_halftime_away = COALESCE(V3_Fixtures.score_halftime_away, g.score_halftime_away)
    FROM merged JOIN V3_Fixtures g ON g.fixture_id = gone WHERE V3_Fixtures.fixture_id = kept`);
  dropKnownPrices(db);
}

/**
 * Prices that the fixture which stays has too: no unique index finds them, since the line of a match winner is NULL.
 * @param {Connection} db
 */
function dropKnownPrices(db) {
  for (const [table, columns] of /** @type {const} */ ([
    ["V3_Odds", PRICE_KIND],
    ["V3_Odds_History", [...PRICE_KIND, "capture_timestamp"]],
  ])) {
    if (scalar(db, "SELECT 1 FROM sqlite_master WHERE name = ?", table) !== 1) continue;
    const isSame = columns.map((name) => `k.${name} IS g.${name}`).join(" AND ");
    db.exec(`DELETE FROM ${table} WHERE rowid IN (SELECT g.rowid FROM merged JOIN ${table} g ON g.fixture_id = gone
      JOIN ${table} k ON k.fixture_id = kept AND ${isSame})`);
  }
}
