/** @typedef {import("./applicationMatches.js").Match} Match */
/** @typedef {import("./applicationMatches.js").Price} Price */
/** @typedef {(string | number | null)[]} Row */

/**
 * Rows of a table in the order of its columns.
 * @typedef {object} Filling
 * @property {string} table
 * @property {string[]} columns
 * @property {Row[]} rows
 */

/** @typedef {{ match: Match, id: number }} Numbered a match and the id under which its prices are stored */

/**
 * How a version of the application kept prices, and how it wrote.
 * @typedef {object} Form
 * @property {"sql.js" | "sql.js-old" | "libsql"} driver
 * @property {"in place" | "by rename" | "closed" | "left open"} saving
 * @property {boolean} foreignKeys
 * @property {"fixture_id" | "api_id"} ids
 * @property {number | null} days how long ago prices begin, null for all
 * @property {string[]} schema
 * @property {(numbered: Numbered[]) => Filling[]} fill
 */

const VALUES = "value_home_over REAL, value_draw REAL, value_away_under REAL, handicap_value REAL";
const UPDATED = "updated_at DATETIME DEFAULT CURRENT_TIMESTAMP";
const FIXTURE_KEY = "FOREIGN KEY (fixture_id) REFERENCES V3_Fixtures (fixture_id) ON DELETE CASCADE";

/** A line that is NULL is another line than any NULL: each save adds a row. */
const UNIQUE_LINES = [
  `CREATE TABLE V3_Odds (id INTEGER PRIMARY KEY AUTOINCREMENT, fixture_id INTEGER NOT NULL, bookmaker_id INTEGER, market_id INTEGER,
    ${VALUES}, ${UPDATED}, UNIQUE (fixture_id, bookmaker_id, market_id, handicap_value))`,
];

const PARTIAL_INDEXES = [
  `CREATE TABLE V3_Odds (id INTEGER PRIMARY KEY AUTOINCREMENT, fixture_id INTEGER NOT NULL, bookmaker_id INTEGER NOT NULL,
    market_id INTEGER NOT NULL, ${VALUES}, ${UPDATED}, ${FIXTURE_KEY})`,
  "CREATE UNIQUE INDEX odds_without_line ON V3_Odds (fixture_id, bookmaker_id, market_id) WHERE handicap_value IS NULL",
  "CREATE UNIQUE INDEX odds_of_line ON V3_Odds (fixture_id, bookmaker_id, market_id, handicap_value) WHERE handicap_value IS NOT NULL",
];

const FLATTENED = [
  `CREATE TABLE V3_Odds (fixture_id INTEGER NOT NULL, bookmaker_id INTEGER NOT NULL, market_id INTEGER NOT NULL, ${VALUES}, ${UPDATED},
    UNIQUE (fixture_id, bookmaker_id, market_id, handicap_value))`,
];

const SELECTIONS = [
  `CREATE TABLE V3_Odds (odd_id INTEGER PRIMARY KEY AUTOINCREMENT, fixture_id INTEGER NOT NULL, bookmaker_id INTEGER NOT NULL,
    bookmaker_name TEXT NOT NULL, bet_id INTEGER NOT NULL, bet_name TEXT NOT NULL, value_label TEXT NOT NULL, value_odd TEXT NOT NULL,
    ${UPDATED}, created_at DATETIME DEFAULT CURRENT_TIMESTAMP, ${FIXTURE_KEY}, UNIQUE (fixture_id, bookmaker_id, bet_id, value_label))`,
];

const SELECTION_HISTORY = [
  `CREATE TABLE V3_Odds_Selections (fixture_id INTEGER NOT NULL, bookmaker_id INTEGER NOT NULL, market_name TEXT NOT NULL,
    label TEXT NOT NULL, odd_value REAL NOT NULL, handicap REAL, captured_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (fixture_id, bookmaker_id, market_name, label, captured_at), ${FIXTURE_KEY})`,
];

const HISTORY = [
  `CREATE TABLE V3_Odds_History (id INTEGER PRIMARY KEY AUTOINCREMENT, fixture_id INTEGER NOT NULL, bookmaker_id INTEGER NOT NULL,
    market_id INTEGER NOT NULL, ${VALUES}, capture_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP)`,
];

const BOOKMAKER_NAMES = new Map([
  [52, "Winamax"],
  [11, "Unibet"],
  [8, "Bet365"],
]);
const BET365 = 8;

/** Names of API-Football's bets and their labels, in the order of the prices. */
const BETS = new Map([
  [1, { name: "Match Winner", labels: ["Home", "Draw", "Away"] }],
  [4, { name: "Asian Handicap", labels: ["Home -0.5", null, "Away -0.5"] }],
  [5, { name: "Goals Over/Under", labels: ["Over 2.5", null, "Under 2.5"] }],
  [8, { name: "Both Teams Score", labels: ["Yes", null, "No"] }],
  [12, { name: "Double Chance", labels: ["Home/Draw", "Home/Away", "Draw/Away"] }],
]);

/**
 * @param {number} ms
 * @returns {string} as SQLite's CURRENT_TIMESTAMP
 */
export function sqliteTime(ms) {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** @param {[number, Row][]} timed */
const inOrderOfTime = (timed) => timed.sort(([a], [b]) => a - b).map(([, row]) => row);

const SET_COLUMNS = ["fixture_id", "bookmaker_id", "market_id", "value_home_over", "value_draw", "value_away_under", "handicap_value"];

/** @param {Numbered} numbered @param {Price} price */
const setRow = ({ match, id }, { market, line, values }) => [id, match.bookmaker, market, ...values, line];

/**
 * @param {Match} match
 * @param {number} look index among its captures
 * @returns {Price[]} prices that one match has in its history under the second of its last ones, which have higher ids
 */
function beforeTheTrue({ name, captures }, look) {
  return name === "several_prices_of_one_second" && look === captures.length - 1 ? captures[0].prices : [];
}

/**
 * Last prices, and snapshots of all rows that the last prices then had, under one time: as the application's captureSnapshot does.
 * @param {Numbered[]} numbered
 * @param {boolean} addsRows whether a price without a line is added at each save, instead of replacing the one before
 * @returns {Filling[]}
 */
function lastAndHistory(numbered, addsRows) {
  /** @type {[number, Row][]} */
  const last = [];
  /** @type {[number, Row][]} */
  const history = [];
  for (const one of numbered) {
    /** @type {Map<string, [number, number, Price]>} */
    const kept = new Map();
    for (const [look, { at, prices }] of one.match.captures.entries()) {
      for (const price of beforeTheTrue(one.match, look)) history.push([at, [...setRow(one, price), sqliteTime(at)]]);
      for (const price of prices) {
        const key = `${price.market}|${price.line}|${addsRows && price.line === null ? look : ""}`;
        kept.set(key, [kept.get(key)?.[0] ?? at, at, price]);
      }
      for (const [, , price] of kept.values()) history.push([at, [...setRow(one, price), sqliteTime(at)]]);
    }
    for (const [begun, at, price] of kept.values()) last.push([begun, [...setRow(one, price), sqliteTime(at)]]);
  }
  return [
    { table: "V3_Odds", columns: [...SET_COLUMNS, "updated_at"], rows: inOrderOfTime(last) },
    { table: "V3_Odds_History", columns: [...SET_COLUMNS, "capture_timestamp"], rows: inOrderOfTime(history) },
  ];
}

/**
 * @param {Price} price
 * @returns {{ name: string, label: string, odds: number }[]}
 */
function selectionsOf({ market, values }) {
  const bet = BETS.get(market);
  if (!bet) throw new RangeError(`no bet ${market}`);
  return values.flatMap((odds, place) => {
    const label = bet.labels[place];
    return odds === null || !label ? [] : [{ name: bet.name, label, odds }];
  });
}

/**
 * @param {Numbered[]} numbered
 * @returns {Filling[]} one row a selection, the last price alone
 */
function lastSelections(numbered) {
  const rows = numbered.flatMap(({ match, id }) => {
    const capture = match.captures.at(-1);
    const bookmaker = BOOKMAKER_NAMES.get(match.bookmaker) ?? "?";
    return (capture?.prices ?? []).flatMap((price) =>
      selectionsOf(price).map(({ name, label, odds }) => [
        ...[id, match.bookmaker, bookmaker, price.market, name, label, odds.toFixed(2)],
        sqliteTime(capture?.at ?? 0),
      ]),
    );
  });
  const columns = ["fixture_id", "bookmaker_id", "bookmaker_name", "bet_id", "bet_name", "value_label", "value_odd", "updated_at"];
  return [{ table: "V3_Odds", columns, rows }];
}

/**
 * @param {Numbered[]} numbered
 * @returns {Filling[]} one row a selection and capture, of one bookmaker
 */
function selectionHistory(numbered) {
  /** @type {[number, Row][]} */
  const timed = numbered
    .filter(({ match }) => match.bookmaker === BET365)
    .flatMap(({ match, id }) =>
      match.captures.flatMap(({ at, prices }) =>
        prices.flatMap((price) =>
          selectionsOf(price).map(
            ({ name, label, odds }) => /** @type {[number, Row]} */ ([at, [id, BET365, name, label, odds, price.line, sqliteTime(at)]]),
          ),
        ),
      ),
    );
  const columns = ["fixture_id", "bookmaker_id", "market_name", "label", "odd_value", "handicap", "captured_at"];
  return [{ table: "V3_Odds_Selections", columns, rows: inOrderOfTime(timed) }];
}

const uniqueLines = {
  foreignKeys: false,
  ids: /** @type {const} */ ("fixture_id"),
  days: null,
  schema: [...UNIQUE_LINES, ...HISTORY],
  fill: (/** @type {Numbered[]} */ numbered) => lastAndHistory(numbered, true),
};

const partialIndexes = {
  driver: /** @type {const} */ ("libsql"),
  foreignKeys: true,
  ids: /** @type {const} */ ("fixture_id"),
  days: null,
  schema: [...PARTIAL_INDEXES, ...HISTORY],
  fill: (/** @type {Numbered[]} */ numbered) => lastAndHistory(numbered, false),
};

/** @type {Record<string, Form>} by name; sql.js has foreign keys off, better-sqlite3 on */
export const FORMS = {
  "unique-lines": { ...uniqueLines, driver: "sql.js-old", saving: "in place" },
  "unique-lines-new": { ...uniqueLines, driver: "sql.js", saving: "by rename" },
  "api-ids": { ...uniqueLines, driver: "sql.js", saving: "in place", ids: "api_id" },
  "partial-indexes": { ...partialIndexes, saving: "closed" },
  "left-open": { ...partialIndexes, saving: "left open" },
  "recent-odds": { ...partialIndexes, saving: "closed", days: 40 },
  flattened: { ...partialIndexes, saving: "closed", schema: [...FLATTENED, ...HISTORY], fill: (numbered) => lastAndHistory(numbered, true) },
  selections: { ...partialIndexes, saving: "closed", schema: SELECTIONS, fill: lastSelections },
  "selection-history": {
    ...partialIndexes,
    saving: "closed",
    schema: [...PARTIAL_INDEXES, ...HISTORY, ...SELECTION_HISTORY],
    fill: selectionHistory,
  },
};
