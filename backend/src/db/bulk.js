/** @typedef {import('./schema.js').Connection} Connection */

/** Rows handed to SQLite in one JSON text: large enough to make the call's cost vanish, small enough to stay in cache. */
const ROWS_PER_STATEMENT = 2_000;

/**
 * Prepares an INSERT that takes many rows at once. One statement a row costs more in the crossing from JavaScript than in SQLite;
 * a JSON array crosses once.
 * @param {Connection} db
 * @param {string} table
 * @param {readonly string[]} columns
 * @returns {(rows: readonly (readonly (string | number | null)[])[]) => void} inserts rows of values in the order of `columns`
 */
export function bulkInsert(db, table, columns) {
  const values = columns.map((_, index) => `value ->> ${index}`).join(", ");
  const statement = db.prepare(`INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values} FROM json_each(?)`);
  return (rows) => {
    for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
      statement.run([JSON.stringify(rows.slice(start, start + ROWS_PER_STATEMENT))]);
    }
  };
}
