import { doubleChance, handicapOf, marketsOf, overOf, scoreLaw } from "./goals.js";

/** @typedef {import("./random.js").Random} Random */
/** @typedef {import("./goals.js").Goals} Goals */

/** @typedef {{ id: number, margin: number, law: number[][] }} View what a bookmaker thinks of a match */
/** @typedef {{ bookmaker: number, market: number, line: number | null, values: number[] }} Quote prices in the market's order */

/**
 * Bookmakers by API-Football's id: what they keep for themselves, and how far each one's view of expected goals strays from the
 * market's (standard deviation of the logarithm).
 */
const BOOKMAKERS = [
  { id: 52, margin: 0.055, noise: 0.02 },
  { id: 11, margin: 0.06, noise: 0.02 },
  { id: 8, margin: 0.05, noise: 0.015 },
  { id: 4, margin: 0.025, noise: 0.01 },
];

/** Seasons that are long past keep these only, which keeps the file small. */
const OLD_SEASON_BOOKMAKERS = new Set([52, 4]);

const MATCH_WINNER = 1;
const ASIAN_HANDICAP = 4;
const OVER_UNDER = 5;
const BOTH_TEAMS_SCORE = 8;
const DOUBLE_CHANCE = 12;
const GOALS_LINE = 2.5;

/** Who quotes further markets, and their lines: those of goals, and of handicaps the distances from the most even one. */
const FURTHER_BOOKMAKERS = new Set([52, 4]);
const FURTHER_GOALS_LINES = [1.5, 3.5];
const HANDICAP_STEPS = [-0.5, -0.25, 0, 0.25, 0.5];
const MAX_EVEN_HANDICAP = 3;

/** The market's own error on expected goals (standard deviation of the logarithm): a day ahead, and when the teams are known. */
const MARKET_NOISE = { before: 0.05, closing: 0.02 };

/** Bookmakers load outsiders more than favourites: prices follow p^0.96, not p. */
const FAVOURITE_LONGSHOT = 0.96;
const LOWEST_PRICE = 1.01;
const HIGHEST_PRICE = 251;

/**
 * @param {number[]} probabilities
 * @returns {number[]} as bookmakers load them, summing to 1
 */
function loaded(probabilities) {
  const weights = probabilities.map((p) => Math.exp(FAVOURITE_LONGSHOT * Math.log(Math.max(p, 1e-6))));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * @param {number} share
 * @param {number} margin
 * @returns {number} decimal price, rounded as bookmakers do
 */
function priceOf(share, margin) {
  const price = 1 / (share * (1 + margin));
  const step = price < 5 ? 0.01 : price < 20 ? 0.1 : 1;
  return Math.min(HIGHEST_PRICE, Math.max(LOWEST_PRICE, Number((Math.round(price / step) * step).toFixed(2))));
}

/**
 * @param {number[]} probabilities
 * @param {number} margin
 * @returns {number[]} decimal prices
 */
function priced(probabilities, margin) {
  return loaded(probabilities).map((share) => priceOf(share, margin));
}

/**
 * @param {Goals} mean
 * @param {number} deviation
 * @param {Random} random
 * @returns {Goals}
 */
function blurred(mean, deviation, random) {
  return { home: mean.home * Math.exp(random.normal(0, deviation)), away: mean.away * Math.exp(random.normal(0, deviation)) };
}

/**
 * What the bookmakers think of a match at one moment.
 * @param {Goals} mean expected goals, as far as they can be known then
 * @param {'before' | 'closing'} moment
 * @param {boolean} isOld
 * @param {Random} random
 * @returns {View[]}
 */
export function viewsOf(mean, moment, isOld, random) {
  const market = blurred(mean, MARKET_NOISE[moment], random);
  return BOOKMAKERS.filter(({ id }) => !isOld || OLD_SEASON_BOOKMAKERS.has(id)).map(({ id, margin, noise }) => ({
    id,
    margin,
    law: scoreLaw(blurred(market, noise, random)),
  }));
}

/**
 * @param {View[]} views
 * @returns {Quote[]} of the three markets that the service forecasts
 */
export function quotesOf(views) {
  return views.flatMap(({ id, margin, law }) => {
    const { winner, goals, bothScore } = marketsOf(law);
    return [
      { bookmaker: id, market: MATCH_WINNER, line: null, values: priced(winner, margin) },
      { bookmaker: id, market: OVER_UNDER, line: GOALS_LINE, values: priced(goals, margin) },
      { bookmaker: id, market: BOTH_TEAMS_SCORE, line: null, values: priced(bothScore, margin) },
    ];
  });
}

/**
 * @param {View[]} views
 * @returns {Quote[]} of double chance, further totals, and Asian handicaps around the most even one
 */
export function furtherQuotesOf(views) {
  return views
    .filter(({ id }) => FURTHER_BOOKMAKERS.has(id))
    .flatMap(({ id, margin, law }) => {
      const even = evenHandicap(law);
      return [
        { bookmaker: id, market: DOUBLE_CHANCE, line: null, values: doubleChance(loaded(marketsOf(law).winner)).map((share) => priceOf(share, margin)) },
        ...FURTHER_GOALS_LINES.map((line) => ({ bookmaker: id, market: OVER_UNDER, line, values: priced(overOf(law, line), margin) })),
        ...HANDICAP_STEPS.map((step) => ({
          bookmaker: id,
          market: ASIAN_HANDICAP,
          line: even + step,
          values: priced(handicapOf(law, even + step), margin),
        })),
      ];
    });
}

/**
 * @param {number[][]} law
 * @returns {number} the home side's handicap with which the sides are most even
 */
function evenHandicap(law) {
  const isTooHigh = (/** @type {number} */ line) => handicapOf(law, line)[0] > 0.5;
  let line = 0;
  while (line > -MAX_EVEN_HANDICAP && isTooHigh(line - 0.25)) line -= 0.25;
  while (line < MAX_EVEN_HANDICAP && !isTooHigh(line)) line += 0.25;
  const distance = (/** @type {number} */ other) => Math.abs(handicapOf(law, other)[0] - 0.5);
  return distance(line - 0.25) < distance(line) ? line - 0.25 : line;
}

/**
 * What the bookmakers quote at one moment.
 * @param {Goals} mean expected goals, as far as they can be known then
 * @param {'before' | 'closing'} moment
 * @param {boolean} isOld
 * @param {Random} random
 * @returns {Quote[]}
 */
export function quote(mean, moment, isOld, random) {
  return quotesOf(viewsOf(mean, moment, isOld, random));
}
