import { toNumber } from "./csv.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./columns.js").Header} Header */

/**
 * One bookmaker's full set of prices for one market of one match.
 * @typedef {object} PriceSet
 * @property {number} bookmaker
 * @property {number} market API-Football's market id
 * @property {number | null} line goals for over/under, null otherwise
 * @property {boolean} closing taken as the match began, not a day or so before
 * @property {number} home home win or over
 * @property {number | null} draw null in a market of two outcomes
 * @property {number} away away win or under
 */

/**
 * @typedef {Pick<PriceSet, 'bookmaker' | 'market' | 'line' | 'closing'>} PriceKind
 * @typedef {PriceKind & { sets: Column[][] }} PriceColumns where a file keeps a set, in order of outcome; the first that holds anything counts
 */

/** The average and the best price over bookmakers are nobody's; their ids are negative, as all that is not API-Football's. */
export const AVERAGE_ID = -1;
export const MAXIMUM_ID = -2;
/** Betfair's exchange, whose prices are before commission; API-Football's 3 is Betfair as a bookmaker. */
export const EXCHANGE_ID = -3;

/**
 * Column prefixes by API-Football's bookmaker id, the usual one first: `BbAv` and `BbMx` are the aggregates' names up to 2018-19,
 * `PS` and `P` both Pinnacle (`PP` is Paddy Power). `BFD` is Betfair's draw in 2024-25 (`BFH,BFD,BFA`) and Betfred's prefix from
 * 2025-26 on (`BFDH,BFDD,BFDA`). A bookmaker whose id at API-Football is not known, or by which the application means another
 * one (11, 1xBet there, is Unibet here), is not read.
 * @type {readonly (readonly [number, readonly string[]])[]}
 */
export const BOOKMAKERS = [
  [AVERAGE_ID, ["Avg", "BbAv"]],
  [MAXIMUM_ID, ["Max", "BbMx"]],
  [8, ["B365"]],
  [4, ["PS", "P"]],
  [7, ["WH"]],
  [10, ["LB"]],
  [6, ["BW"]],
  [15, ["IW"]],
  [3, ["BF"]],
  [12, ["BFD"]],
  [EXCHANGE_ID, ["BFE"]],
];

const MATCH_WINNER = 1;
const OVER_UNDER = 5;
const GOALS_LINE = 2.5;

const MARKETS = [
  { market: MATCH_WINNER, line: null, suffixes: ["H", "D", "A"] },
  { market: OVER_UNDER, line: GOALS_LINE, suffixes: [`>${GOALS_LINE}`, `<${GOALS_LINE}`] },
];

/**
 * @param {Header} header
 * @param {string[]} names of one set
 * @returns {Column[][]} the set as often as the header has it whole
 */
function setsOf(header, names) {
  const columns = names.map((name) => header.columns(name));
  const times = Math.min(...columns.map(({ length }) => length));
  return Array.from({ length: times }, (_, time) => columns.map((same) => same[time]));
}

/**
 * Finds every set of prices that a header has whole.
 * @param {Header} header
 * @returns {PriceColumns[]}
 */
export function findPriceColumns(header) {
  return BOOKMAKERS.flatMap(([bookmaker, prefixes]) =>
    MARKETS.flatMap(({ market, line, suffixes }) =>
      [false, true].flatMap((closing) => {
        const names = prefixes.map((prefix) => suffixes.map((suffix) => prefix + (closing ? "C" : "") + suffix));
        const sets = names.flatMap((set) => setsOf(header, set));
        return sets.length > 0 ? [{ bookmaker, market, line, closing, sets }] : [];
      }),
    ),
  );
}

/**
 * The prices of a table that are not read, by whose they are: prefixes of bookmakers, or the market.
 * @param {import("./table.js").Table} table
 * @returns {string[]} each once
 */
export function findUnreadPrices({ header, prices, rows }) {
  const used = new Set(prices.flatMap(({ sets }) => sets.flat().map(({ name }) => name)));
  const hasValue = (/** @type {Column} */ { index }) => rows.some(({ cells }) => (cells[index] ?? "") !== "");
  const names = [...header.exact.keys()].filter((name) => !used.has(name) && header.columns(name).some(hasValue));
  const unread = names.flatMap((name) => priceOwner(header, name) ?? []);
  return [...new Set([...unread, ...incompleteSets(header, used)])];
}

const FIRST_OUTCOME = /^(.+?)(AHH|H|>\d+\.5)$/;

/**
 * @param {Header} header
 * @param {string} name of a column
 * @returns {string | null} whose price for the first outcome of a market it is, null where it is none
 */
function priceOwner({ exact }, name) {
  const [, stem, suffix] = FIRST_OUTCOME.exec(name) ?? [];
  if (stem === undefined) return null;
  const others = suffix === "H" ? ["D", "A"] : [suffix === "AHH" ? "AHA" : suffix.replace(">", "<")];
  if (!others.every((outcome) => exact.has(stem + outcome))) return null;
  if (suffix === "AHH") return "Asian handicap";
  const bookmaker = stem.endsWith("C") && exact.has(stem.slice(0, -1) + suffix) ? stem.slice(0, -1) : stem;
  return suffix === "H" || suffix === `>${GOALS_LINE}` ? bookmaker : `over/under ${suffix.slice(1)}`;
}

/**
 * @param {Header} header
 * @param {Set<string>} used names of columns that are read
 * @returns {string[]} the sets of known bookmakers of which one outcome is missing
 */
function incompleteSets({ exact }, used) {
  const sets = BOOKMAKERS.flatMap(([, prefixes]) => prefixes.flatMap((prefix) => [prefix, `${prefix}C`])).flatMap((stem) =>
    MARKETS.map(({ suffixes }) => suffixes.map((suffix) => stem + suffix)),
  );
  return sets.flatMap((names) => {
    const missing = names.filter((name) => !exact.has(name));
    const isIncomplete = missing.length === 1 && !names.some((name) => used.has(name));
    return isIncomplete ? [`${names.filter((name) => exact.has(name)).join(", ")} without ${missing[0]}`] : [];
  });
}

/**
 * Reads one set from a row.
 * @param {PriceColumns} kind
 * @param {string[]} cells
 * @param {(kind: string, reason: string) => void} leaveOut told of a set that is there but cannot be prices
 * @returns {PriceSet | null}
 */
export function readPrices({ bookmaker, market, line, closing, sets }, cells, leaveOut) {
  const columns = sets.find((set) => set.some(({ index }) => (cells[index] ?? "") !== ""));
  if (columns === undefined) return null;
  const texts = columns.map(({ index }) => cells[index] ?? "");
  const values = texts.map(toNumber);
  const bad = columns.findIndex((_, i) => !(values[i] > 1 && Number.isFinite(values[i])));
  if (bad >= 0) {
    const { name } = columns[bad];
    if (texts[bad] === "") leaveOut("missing", `${name} is missing from its set of prices`);
    else leaveOut("no price", `${name} of ${texts[bad]} is no price`);
    return null;
  }
  return {
    bookmaker,
    market,
    line,
    closing,
    home: values[0],
    draw: values.length === 3 ? values[1] : null,
    away: values[values.length - 1],
  };
}

/**
 * The prices of a row as what they are, closing or before play. The extra leagues' season files have closing prices alone, in
 * copies up to 2024 under the names of prices before play: of 30,991 rows in a copy of either kind all have the same ones.
 * A match to come has no closing price yet.
 * @param {PriceSet[]} sets
 * @param {{ onlyClosing: boolean, isToCome: boolean }} file whether it is such a season file, and whether the match is to come
 * @returns {PriceSet[]}
 */
export function datePrices(sets, { onlyClosing, isToCome }) {
  if (isToCome) return sets.filter(({ closing }) => !closing);
  if (!onlyClosing) return sets;
  const isSameKind = (/** @type {PriceSet} */ a, /** @type {PriceSet} */ b) => a.bookmaker === b.bookmaker && a.market === b.market;
  const hasClosing = (/** @type {PriceSet} */ set) => sets.some((other) => other.closing && isSameKind(set, other));
  return sets.map((set) => (set.closing || hasClosing(set) ? set : { ...set, closing: true }));
}
