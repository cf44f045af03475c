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
 * @typedef {PriceKind & { columns: { name: string, index: number }[] }} PriceColumns where a file keeps a set, in order of outcome
 */

/** The average and the best price over bookmakers are nobody's; their ids are negative, as all that is not API-Football's. */
export const AVERAGE_ID = -1;
export const MAXIMUM_ID = -2;

/**
 * Column prefixes by API-Football's bookmaker id, the usual one first: `BbAv` and `BbMx` are the aggregates' names up to 2018-19,
 * `PS` and `P` both Pinnacle.
 * @type {readonly (readonly [number, readonly string[]])[]}
 */
const BOOKMAKERS = [
  [AVERAGE_ID, ["Avg", "BbAv"]],
  [MAXIMUM_ID, ["Max", "BbMx"]],
  [8, ["B365"]],
  [4, ["PS", "P"]],
  [7, ["WH"]],
  [10, ["LB"]],
  [6, ["BW"]],
  [15, ["IW"]],
  [3, ["BF"]],
];

const MATCH_WINNER = 1;
const OVER_UNDER = 5;
const GOALS_LINE = 2.5;

const MARKETS = [
  { market: MATCH_WINNER, line: null, suffixes: ["H", "D", "A"] },
  { market: OVER_UNDER, line: GOALS_LINE, suffixes: [`>${GOALS_LINE}`, `<${GOALS_LINE}`] },
];

/**
 * Finds every set of prices that a header has whole.
 * @param {Map<string, number>} header index by column name
 * @returns {PriceColumns[]}
 */
export function findPriceColumns(header) {
  return BOOKMAKERS.flatMap(([bookmaker, prefixes]) =>
    MARKETS.flatMap(({ market, line, suffixes }) =>
      [false, true].flatMap((closing) => {
        const names = prefixes.map((prefix) => suffixes.map((suffix) => prefix + (closing ? "C" : "") + suffix));
        const found = names.find((set) => set.every((name) => header.has(name)));
        return found ? [{ bookmaker, market, line, closing, columns: found.map((name) => ({ name, index: header.get(name) ?? -1 })) }] : [];
      }),
    ),
  );
}

/**
 * Reads one set from a row.
 * @param {PriceColumns} kind
 * @param {string[]} cells
 * @param {(reason: string) => void} leaveOut told of a set that is there but cannot be prices
 * @returns {PriceSet | null}
 */
export function readPrices({ bookmaker, market, line, closing, columns }, cells, leaveOut) {
  const texts = columns.map(({ index }) => cells[index] ?? "");
  if (texts.every((text) => text === "")) return null;
  const values = texts.map(Number);
  const bad = columns.findIndex((_, i) => texts[i] === "" || !(values[i] > 1 && Number.isFinite(values[i])));
  if (bad >= 0) {
    leaveOut(
      texts[bad] === "" ? `${columns[bad].name} is missing from its set of prices` : `${columns[bad].name} of ${texts[bad]} is no price`,
    );
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
