/** @typedef {import("./schema.js").Connection} Connection */
/** @typedef {readonly (string | number | null)[]} Row */

/** Rows of one statement: enough to make the crossing from JavaScript cheap, which costs more than SQLite's own work. */
const ROWS_PER_STATEMENT = 50;

/**
 * Prepares an INSERT that takes any number of rows.
 * @param {Connection} db
 * @param {string} table
 * @param {readonly string[]} columns
 * @returns {(rows: readonly Row[]) => void} inserts rows of values in the order of `columns`
 */
export function bulkInsert(db, table, columns) {
  const row = `(${columns.map(() => "?").join(", ")})`;
  const insert = `INSERT INTO ${table} (${columns.join(", ")}) VALUES `;
  const many = insert + Array(ROWS_PER_STATEMENT).fill(row).join(", ");
  return (rows) => {
    const whole = rows.length - (rows.length % ROWS_PER_STATEMENT);
    for (let start = 0; start < whole; start += ROWS_PER_STATEMENT) {
      prepared(db, many).run(joined(rows, start, start + ROWS_PER_STATEMENT));
    }
    for (const values of rows.slice(whole)) prepared(db, insert + row).run([...values]);
  };
}

/**
 * Values of rows in one array; `slice` and `flat` take twice the time.
 * @param {readonly Row[]} rows
 * @param {number} start
 * @param {number} end
 * @returns {(string | number | null)[]}
 */
function joined(rows, start, end) {
  const values = [];
  for (let index = start; index < end; index += 1) for (const value of rows[index]) values.push(value);
  return values;
}

/** @type {WeakMap<Connection, Map<string, import("libsql").Statement>>} */
const statements = new WeakMap();

/**
 * A statement that its connection has prepared once; many rows make a long one.
 * @param {Connection} db
 * @param {string} sql
 * @returns {import("libsql").Statement}
 */
function prepared(db, sql) {
  let ofConnection = statements.get(db);
  if (ofConnection === undefined) statements.set(db, (ofConnection = new Map()));
  let statement = ofConnection.get(sql);
  if (statement === undefined) ofConnection.set(sql, (statement = db.prepare(sql)));
  return statement;
}
