import { marketsOf, scoreLaw } from "./goals.js";

/** @typedef {import("./random.js").Random} Random */
/** @typedef {import("./goals.js").Goals} Goals */

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
const OVER_UNDER = 5;
const BOTH_TEAMS_SCORE = 8;
const GOALS_LINE = 2.5;

/** The market's own error on expected goals (standard deviation of the logarithm): a day ahead, and when the teams are known. */
const MARKET_NOISE = { before: 0.05, closing: 0.02 };

/** Bookmakers load outsiders more than favourites: prices follow p^0.96, not p. */
const FAVOURITE_LONGSHOT = 0.96;
const LOWEST_PRICE = 1.01;
const HIGHEST_PRICE = 251;

/**
 * @param {number[]} probabilities
 * @param {number} margin
 * @returns {number[]} decimal prices, rounded as bookmakers do
 */
function priced(probabilities, margin) {
  const weights = probabilities.map((p) => Math.exp(FAVOURITE_LONGSHOT * Math.log(Math.max(p, 1e-6))));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => {
    const price = total / (weight * (1 + margin));
    const step = price < 5 ? 0.01 : price < 20 ? 0.1 : 1;
    return Math.min(HIGHEST_PRICE, Math.max(LOWEST_PRICE, Number((Math.round(price / step) * step).toFixed(2))));
  });
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
 * What the bookmakers quote at one moment.
 * @param {Goals} mean expected goals, as far as they can be known then
 * @param {'before' | 'closing'} moment
 * @param {boolean} isOld
 * @param {Random} random
 * @returns {Quote[]}
 */
export function quote(mean, moment, isOld, random) {
  const market = blurred(mean, MARKET_NOISE[moment], random);
  return BOOKMAKERS.filter(({ id }) => !isOld || OLD_SEASON_BOOKMAKERS.has(id)).flatMap(({ id, margin, noise }) => {
    const { winner, goals, bothScore } = marketsOf(scoreLaw(blurred(market, noise, random)));
    return [
      { bookmaker: id, market: MATCH_WINNER, line: null, values: priced(winner, margin) },
      { bookmaker: id, market: OVER_UNDER, line: GOALS_LINE, values: priced(goals, margin) },
      { bookmaker: id, market: BOTH_TEAMS_SCORE, line: null, values: priced(bothScore, margin) },
    ];
  });
}
