/** What is checked of an answer's scores and further markets: their numbers, and that they do not contradict each other. */
import { isDistribution, isObject, isWithin, mapsOutcomes, SUM_TOLERANCE } from "./numbers.js";

/** @typedef {Record<string, number>} Numbers */

const RESULTS = ["home", "draw", "away"];
const SIDES = ["home", "away"];
const OVER_UNDER = ["over", "under"];
const SETTLED = ["win", "half_win", "push", "half_loss", "loss"];
const HALVES = RESULTS.flatMap((half) => RESULTS.map((full) => `${half}/${full}`));

/** Goals of a side that the grid tells apart; its last row and column are so many or more. */
const MOST_GOALS = 10;
const MOST_LIKELIEST = 6;
const MOST_EXPECTED_GOALS = 30;
/** Two numbers of an answer may each be off by the tolerance of one. */
const TOLERANCE = 2 * SUM_TOLERANCE;

const lines = (/** @type {number} */ first, /** @type {number} */ last, /** @type {number} */ step) =>
  Array.from({ length: (last - first) / step + 1 }, (_, index) => String(first + index * step));
const TOTALS = lines(0.5, 6.5, 1);
const SIDE_TOTALS = lines(0.5, 4.5, 1);
const HALF_TOTALS = lines(0.5, 2.5, 1);
const HANDICAPS = lines(-3, 3, 0.25);
const MARGINS = lines(-3, 3, 1);

/**
 * @param {unknown} a
 * @param {number} b
 * @param {number} [slack] probability that can belong to either
 */
const isNear = (a, b, slack = 0) => typeof a === "number" && Math.abs(a - b) <= TOLERANCE + slack;

/**
 * @param {unknown} value
 * @param {readonly string[]} keys
 * @param {(item: unknown, key: string) => boolean} check
 * @returns {value is Record<string, any>} whether it has these keys, and what each holds is right
 */
function holds(value, keys, check) {
  return isObject(value) && keys.every((key) => Object.hasOwn(value, key) && check(value[key], key));
}

/** @param {unknown} value */
const isProbability = (value) => isWithin(value, 0, 1);

/**
 * @param {unknown} grid
 * @returns {grid is number[][]} whether it has 11 rows of 11 probabilities that sum to 1
 */
function isGrid(grid) {
  const isRow = (/** @type {unknown} */ row) => Array.isArray(row) && row.length === MOST_GOALS + 1 && row.every(isProbability);
  if (!Array.isArray(grid) || grid.length !== MOST_GOALS + 1 || !grid.every(isRow)) return false;
  return Math.abs(massOf(grid, () => true) - 1) <= SUM_TOLERANCE;
}

/**
 * @param {number[][]} grid
 * @param {(home: number, away: number) => boolean} counts
 * @returns {number} probability of the scores that count
 */
function massOf(grid, counts) {
  return grid.reduce((sum, row, home) => row.reduce((total, p, away) => (counts(home, away) ? total + p : total), sum), 0);
}

/**
 * @param {number[][]} grid
 * @param {Record<string, Numbers>} prediction
 * @returns {boolean} whether the grid gives the probabilities that are served; of 10 or more goals each nobody knows who won
 */
function givesPrediction(grid, { "1x2": result, ou25, btts }) {
  const open = grid[MOST_GOALS][MOST_GOALS];
  return (
    isNear(result.home, massOf(grid, (home, away) => home > away), open) &&
    isNear(result.draw, massOf(grid, (home, away) => home === away), open) &&
    isNear(result.away, massOf(grid, (home, away) => home < away), open) &&
    isNear(ou25.over, massOf(grid, (home, away) => home + away > 2.5)) &&
    isNear(btts.yes, massOf(grid, (home, away) => home > 0 && away > 0))
  );
}

/**
 * @param {unknown} expected
 * @param {number[][]} grid
 * @returns {boolean} whether they are goals, and no fewer than the grid gives with 10 for 10 or more
 */
function areExpectedGoals(expected, grid) {
  const least = { home: 0, away: 0 };
  grid.forEach((row, home) =>
    row.forEach((p, away) => {
      least.home += p * home;
      least.away += p * away;
    }),
  );
  return holds(
    expected,
    SIDES,
    (goals, side) => isWithin(goals, 0, MOST_EXPECTED_GOALS) && goals >= least[/** @type {"home" | "away"} */ (side)] - MOST_GOALS * TOLERANCE,
  );
}

/**
 * @param {unknown} likeliest
 * @param {number[][]} grid
 * @returns {boolean} whether they are scores of the grid, none less likely than the one after it
 */
function areLikeliest(likeliest, grid) {
  if (!Array.isArray(likeliest) || likeliest.length === 0 || likeliest.length > MOST_LIKELIEST) return false;
  const isScore = (/** @type {any} */ score) => isObject(score) && isNear(score.probability, grid[Number(score.home)]?.[Number(score.away)]);
  const most = Math.max(...grid.flat());
  return (
    likeliest.every(isScore) &&
    isNear(likeliest[0].probability, most) &&
    likeliest.every((score, index) => index === 0 || score.probability <= likeliest[index - 1].probability)
  );
}

/**
 * @param {unknown} totals
 * @param {readonly string[]} keys lines
 * @param {((line: number) => number) | null} over probability by line, null where only the sum can be checked
 */
function areTotals(totals, keys, over) {
  return holds(totals, keys, (total, line) => isDistribution(total, OVER_UNDER) && (over === null || isNear(total.over, over(Number(line)))));
}

/**
 * @param {unknown} bet
 * @returns {bet is Numbers} whether its five ways to settle sum to 1 and its fair price is none below 1
 */
function isSettled(bet) {
  if (!holds(bet, SETTLED, isProbability)) return false;
  const sum = SETTLED.reduce((total, way) => total + bet[way], 0);
  return Math.abs(sum - 1) <= SUM_TOLERANCE && (bet.fair_odds === null || isWithin(bet.fair_odds, 1, Number.MAX_VALUE));
}

/**
 * @param {unknown} handicaps
 * @param {Numbers} result
 * @returns {boolean} whether what one side wins the other loses, and the lines around 0 are the served result's
 */
function areHandicaps(handicaps, result) {
  const isPair = (/** @type {unknown} */ pair) =>
    holds(pair, SIDES, isSettled) && SETTLED.every((way, index) => isNear(pair.home[way], pair.away[SETTLED[SETTLED.length - 1 - index]]));
  if (!holds(handicaps, HANDICAPS, isPair)) return false;
  return (
    isNear(handicaps["-0.5"].home.win, result.home) &&
    isNear(handicaps["0"].home.push, result.draw) &&
    isNear(handicaps["0.5"].away.win, result.away)
  );
}

/**
 * @param {unknown} half
 * @param {Numbers} result
 * @returns {boolean} whether both halves together give the half's result and the served one
 */
function isFirstHalf(half, result) {
  if (!isObject(half) || !isDistribution(half["1x2"], RESULTS) || !isDistribution(half.half_time_full_time, HALVES)) return false;
  const { "1x2": ofHalf, half_time_full_time: pairs } = /** @type {Record<string, Numbers>} */ (half);
  const sum = (/** @type {(pair: string) => boolean} */ counts) => HALVES.filter(counts).reduce((total, pair) => total + pairs[pair], 0);
  const agrees = RESULTS.every(
    (name) =>
      isNear(
        sum((pair) => pair.startsWith(`${name}/`)),
        ofHalf[name],
      ) &&
      isNear(
        sum((pair) => pair.endsWith(`/${name}`)),
        result[name],
      ),
  );
  return agrees && areTotals(half.totals, HALF_TOTALS, null);
}

/**
 * @param {Record<string, unknown>} scores
 * @param {Numbers} result
 * @returns {boolean} whether what follows from the result does
 */
function followsFromResult({ double_chance, draw_no_bet, margin }, { home, draw, away }) {
  const decided = home + away;
  return (
    mapsOutcomes(double_chance, ["home_or_draw", "home_or_away", "draw_or_away"], 0) &&
    isNear(double_chance.home_or_draw, home + draw) &&
    isNear(double_chance.home_or_away, decided) &&
    isNear(double_chance.draw_or_away, draw + away) &&
    isDistribution(draw_no_bet, SIDES) &&
    Math.abs(draw_no_bet.home * decided - home) <= TOLERANCE &&
    isDistribution(margin, MARGINS) &&
    isNear(margin["0"], draw)
  );
}

/**
 * @param {Record<string, unknown>} scores
 * @param {number[][]} grid
 * @returns {boolean} whether what can be counted in the grid is what it gives
 */
function followsFromGrid(scores, grid) {
  const { totals, home_goals, away_goals, clean_sheet, win_to_nil, both_and_over25, odd_even } = scores;
  return (
    areTotals(totals, TOTALS, (line) => massOf(grid, (home, away) => home + away > line)) &&
    areTotals(home_goals, SIDE_TOTALS, (line) => massOf(grid, (home) => home > line)) &&
    areTotals(away_goals, SIDE_TOTALS, (line) => massOf(grid, (_, away) => away > line)) &&
    mapsOutcomes(clean_sheet, SIDES, 0) &&
    isNear(clean_sheet.home, massOf(grid, (_, away) => away === 0)) &&
    isNear(clean_sheet.away, massOf(grid, (home) => home === 0)) &&
    mapsOutcomes(win_to_nil, SIDES, 0) &&
    isNear(win_to_nil.home, massOf(grid, (home, away) => home > 0 && away === 0)) &&
    isNear(win_to_nil.away, massOf(grid, (home, away) => away > 0 && home === 0)) &&
    isProbability(both_and_over25) &&
    isNear(both_and_over25, massOf(grid, (home, away) => home > 0 && away > 0 && home + away > 2.5)) &&
    isDistribution(odd_even, ["odd", "even"])
  );
}

/**
 * Whether scores are one distribution of goals whose markets are the served ones, with all that follows from it.
 * @param {unknown} scores null and undefined are no scores, and right
 * @param {Record<string, Numbers>} prediction valid itself
 * @returns {boolean}
 */
export function areScores(scores, prediction) {
  if (scores === null || scores === undefined) return true;
  if (!isObject(scores)) return false;
  const { grid } = scores;
  const result = prediction["1x2"];
  return (
    isGrid(grid) &&
    givesPrediction(grid, prediction) &&
    areExpectedGoals(scores.expected_goals, grid) &&
    areLikeliest(scores.likeliest, grid) &&
    followsFromResult(scores, result) &&
    followsFromGrid(scores, grid) &&
    areHandicaps(scores.asian_handicap, result) &&
    isFirstHalf(scores.first_half, result)
  );
}

/**
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 */
const isNullOrWithin = (value, least, most) => value === null || isWithin(value, least, most);

/**
 * @param {unknown} outcome
 * @returns {boolean} whether its numbers can be a forecast against a price
 */
function isOffer(outcome) {
  return (
    isObject(outcome) &&
    isProbability(outcome.probability) &&
    isNullOrWithin(outcome.implied, 0, 1) &&
    isWithin(outcome.odds, 1, Number.MAX_VALUE) &&
    isNullOrWithin(outcome.edge, -1, 1) &&
    isNullOrWithin(outcome.expected_value, -1, Number.MAX_VALUE) &&
    isNullOrWithin(outcome.kelly_fraction, 0, 1)
  );
}

/**
 * @param {unknown} markets null and undefined are no further markets, and right
 * @returns {boolean}
 */
export function areFurtherMarkets(markets) {
  if (markets === null || markets === undefined) return true;
  if (!Array.isArray(markets)) return false;
  return markets.every(
    (market) =>
      isObject(market) &&
      typeof market.market === "string" &&
      isNullOrWithin(market.line, -100, 100) &&
      isObject(market.outcomes) &&
      Object.keys(market.outcomes).length > 1 &&
      Object.values(market.outcomes).every(isOffer),
  );
}
