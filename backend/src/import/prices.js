import { toNumber } from "./csv.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./columns.js").Header} Header */

/**
 * One bookmaker's full set of prices for one market of one match.
 * @typedef {object} PriceSet
 * @property {string} kind of bookmaker, market and line
 * @property {number} bookmaker
 * @property {number} market API-Football's market id
 * @property {number | null} line goals of over/under, the home side's handicap, null where the market has no line
 * @property {boolean} closing taken as the match began, not a day or so before
 * @property {number} home home side or over
 * @property {number | null} draw null in a market of two outcomes
 * @property {number} away away side or under
 */

/**
 * Where a file keeps the sets of one kind.
 * @typedef {object} PriceColumns
 * @property {string} kind of bookmaker, market and the line of all rows
 * @property {number} bookmaker
 * @property {number} market
 * @property {number | null} line of all rows, null where there is none or each row has its own
 * @property {Column[] | null} lines where each row has its own; the first that holds anything counts
 * @property {boolean} closing
 * @property {Column[][]} sets in order of outcome; the first that holds anything counts
 */

/** @typedef {readonly (readonly [number, readonly string[]])[]} Prefixes of columns by bookmaker */

/**
 * A market as files name its columns.
 * @typedef {object} Market
 * @property {number} market
 * @property {number | null} line of all rows, null where there is none or each row has its own
 * @property {string[]} suffixes in order of outcome
 * @property {Prefixes} bookmakers
 * @property {boolean} hasLines whether each row has its own line
 */

/** The average and the best price over bookmakers are nobody's; their ids are negative, as all that is not API-Football's. */
export const AVERAGE_ID = -1;
export const MAXIMUM_ID = -2;
/** Betfair's exchange, whose prices are before commission; API-Football's 3 is Betfair as a bookmaker. */
export const EXCHANGE_ID = -3;
/** Gamebookers is not among API-Football's bookmakers, but the files up to 2007-08 have few other handicaps. */
export const GAMEBOOKERS_ID = -4;

/**
 * Column prefixes by API-Football's bookmaker id, the usual one first: `BbAv` and `BbMx` are the aggregates' names up to 2018-19,
 * `PS` and `P` both Pinnacle (`PP` is Paddy Power). `BFD` is Betfair's draw in 2024-25 (`BFH,BFD,BFA`) and Betfred's prefix from
 * 2025-26 on (`BFDH,BFDD,BFDA`). A bookmaker whose id at API-Football is not known, or by which the application means another
 * one (11, 1xBet there, is Unibet here), is not read.
 * @type {Prefixes}
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

/** @type {Prefixes} */
const HANDICAP_BOOKMAKERS = [...BOOKMAKERS, [GAMEBOOKERS_ID, ["GB"]]];

const MATCH_WINNER = 1;
const ASIAN_HANDICAP = 4;
const OVER_UNDER = 5;
const GOALS_LINE = 2.5;

/** Lines are whole, half and quarter goals; a handicap beyond the limit lacks its decimal point, as 12.5 and -225 do. */
const LINES_PER_GOAL = 4;
const MAX_HANDICAP = 10;

/**
 * @param {Header} header
 * @param {readonly string[]} prefixes
 * @param {boolean} closing
 * @returns {Column[]} of the bookmaker's own line, which files up to 2007-08 have, else of the line of all
 */
function handicapColumns(header, prefixes, closing) {
  const own = prefixes.flatMap((prefix) => header.columns(`${prefix}${closing ? "C" : ""}AH`));
  const common = closing ? ["AHCh"] : ["AHh", "BbAHh"];
  return own.length > 0 ? own : common.flatMap((name) => header.columns(name));
}

/**
 * @param {Header} header
 * @returns {Market[]}
 */
function marketsOf({ exact }) {
  const goals = [...exact.keys()].flatMap((name) => /[<>](\d+(?:\.[27]?5)?)$/.exec(name)?.[1] ?? []);
  const lines = [...new Set([GOALS_LINE, ...goals.map(Number)])];
  return [
    { market: MATCH_WINNER, line: null, suffixes: ["H", "D", "A"], bookmakers: BOOKMAKERS, hasLines: false },
    ...lines.map((line) => ({ market: OVER_UNDER, line, suffixes: [`>${line}`, `<${line}`], bookmakers: BOOKMAKERS, hasLines: false })),
    { market: ASIAN_HANDICAP, line: null, suffixes: ["AHH", "AHA"], bookmakers: HANDICAP_BOOKMAKERS, hasLines: true },
  ];
}

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
 * @param {{ bookmaker: number, market: number, line: number | null }} set
 * @returns {string} a key of what the price is of
 */
export function kindOf({ bookmaker, market, line }) {
  return `${bookmaker}|${market}|${line}`;
}

/**
 * @param {Header} header
 * @param {Market} market
 * @param {boolean} closing
 * @returns {PriceColumns[]} one for each bookmaker of whom the header has every outcome, and the line where each row has its own
 */
function columnsOf(header, { market, line, suffixes, bookmakers, hasLines }, closing) {
  return bookmakers.flatMap(([bookmaker, prefixes]) => {
    const names = prefixes.map((prefix) => suffixes.map((suffix) => prefix + (closing ? "C" : "") + suffix));
    const sets = names.flatMap((set) => setsOf(header, set));
    const lines = hasLines ? handicapColumns(header, prefixes, closing) : null;
    const isWhole = sets.length > 0 && lines?.length !== 0;
    return isWhole ? [{ kind: kindOf({ bookmaker, market, line }), bookmaker, market, line, lines, closing, sets }] : [];
  });
}

/**
 * Finds every set of prices that a header has whole.
 * @param {Header} header
 * @returns {PriceColumns[]} by bookmaker, in the order of `HANDICAP_BOOKMAKERS`
 */
export function findPriceColumns(header) {
  const all = marketsOf(header).flatMap((market) => [false, true].flatMap((closing) => columnsOf(header, market, closing)));
  const order = HANDICAP_BOOKMAKERS.map(([bookmaker]) => bookmaker);
  return all.sort((a, b) => order.indexOf(a.bookmaker) - order.indexOf(b.bookmaker));
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

const FIRST_OUTCOME = /^(.+?)(AHH|H|>\d+(?:\.[27]?5)?)$/;

/**
 * @param {Header} header
 * @param {string} name of a column
 * @returns {string | null} whose price for the first outcome of a market it is, null where it is none
 */
function priceOwner(header, name) {
  const { exact } = header;
  const [, stem, suffix] = FIRST_OUTCOME.exec(name) ?? [];
  if (stem === undefined) return null;
  const others = suffix === "H" ? ["D", "A"] : [suffix === "AHH" ? "AHA" : suffix.replace(">", "<")];
  if (!others.every((outcome) => exact.has(stem + outcome))) return null;
  const isClosing = stem.endsWith("C") && exact.has(stem.slice(0, -1) + suffix);
  const bookmaker = isClosing ? stem.slice(0, -1) : stem;
  const isWithoutLine = suffix === "AHH" && handicapColumns(header, [bookmaker], isClosing).length === 0;
  return isWithoutLine ? "Asian handicap without its line" : bookmaker;
}

/**
 * @param {Header} header
 * @param {Set<string>} used names of columns that are read
 * @returns {string[]} the sets of known bookmakers of which one outcome is missing
 */
function incompleteSets(header, used) {
  const sets = marketsOf(header).flatMap(({ suffixes, bookmakers }) =>
    bookmakers
      .flatMap(([, prefixes]) => prefixes.flatMap((prefix) => [prefix, `${prefix}C`]))
      .map((stem) => suffixes.map((suffix) => stem + suffix)),
  );
  return sets.flatMap((names) => {
    const missing = names.filter((name) => !header.exact.has(name));
    const isIncomplete = missing.length === 1 && !names.some((name) => used.has(name));
    return isIncomplete ? [`${names.filter((name) => header.exact.has(name)).join(", ")} without ${missing[0]}`] : [];
  });
}

/**
 * @param {Column[]} columns
 * @param {string[]} cells
 * @returns {boolean} whether any of them holds anything
 */
function isAny(columns, cells) {
  for (const { index } of columns) if ((cells[index] ?? "") !== "") return true;
  return false;
}

/**
 * Reads one set from a row.
 * @param {PriceColumns} columns
 * @param {string[]} cells
 * @param {(kind: string, reason: string) => void} leaveOut told of a set that is there but cannot be prices
 * @returns {PriceSet | null}
 */
export function readPrices(columns, cells, leaveOut) {
  const { bookmaker, market, lines, closing } = columns;
  const set = columns.sets.find((same) => isAny(same, cells));
  if (set === undefined) return null;
  const values = [];
  for (const { name, index } of set) {
    const text = cells[index] ?? "";
    const value = toNumber(text);
    values.push(value);
    if (value > 1 && Number.isFinite(value)) continue;
    if (text === "") leaveOut("missing", `${name} is missing from its set of prices`);
    else leaveOut("no price", `${name} of ${text} is no price`);
    return null;
  }
  const line = lines === null ? columns.line : readHandicap(lines, set[0], cells, leaveOut);
  if (lines !== null && line === null) return null;
  return {
    kind: lines === null ? columns.kind : kindOf({ bookmaker, market, line }),
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
 * @param {Column[]} lines
 * @param {Column} price the first of the set
 * @param {string[]} cells
 * @param {(kind: string, reason: string) => void} leaveOut
 * @returns {number | null} the home side's handicap in goals
 */
function readHandicap(lines, price, cells, leaveOut) {
  const column = lines.find(({ index }) => (cells[index] ?? "") !== "");
  if (column === undefined) {
    leaveOut("missing line", `${lines[0].name} is missing, so ${price.name} has no line and is left out`);
    return null;
  }
  const handicap = toNumber(cells[column.index]);
  if (Number.isInteger(handicap * LINES_PER_GOAL) && Math.abs(handicap) <= MAX_HANDICAP) return handicap === 0 ? 0 : handicap;
  const expected = `expected a multiple of ${1 / LINES_PER_GOAL} from -${MAX_HANDICAP} to ${MAX_HANDICAP}`;
  leaveOut("no line", `${column.name} of ${cells[column.index]} is no handicap (${expected}), so its prices are left out`);
  return null;
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
  const isSameKind = (/** @type {PriceSet} */ a, /** @type {PriceSet} */ b) =>
    a.bookmaker === b.bookmaker && a.market === b.market && (a.market === ASIAN_HANDICAP || a.line === b.line);
  const hasClosing = (/** @type {PriceSet} */ set) => sets.some((other) => other.closing && isSameKind(set, other));
  return sets.map((set) => (set.closing || hasClosing(set) ? set : { ...set, closing: true }));
}
