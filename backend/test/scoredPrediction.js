import { predictionFor } from "./mlServiceFakes.js";

/** Expected goals of the two sides, and their share of the first half. */
const MEANS = { home: 1.6, away: 1.1 };
const FIRST_HALF = 0.45;
const MOST = 10;

/** @typedef {(home: number, away: number) => boolean} Counts */

/**
 * @param {number} mean
 * @returns {number[]} probabilities of 0 to 10 goals, the last of 10 or more
 */
function poisson(mean) {
  const law = [Math.exp(-mean)];
  for (let goals = 1; goals < MOST; goals += 1) law.push((law[goals - 1] * mean) / goals);
  return [...law, 1 - law.reduce((sum, p) => sum + p, 0)];
}

/**
 * @param {{ home: number, away: number }} means
 * @returns {number[][]}
 */
function gridOf({ home, away }) {
  return poisson(home).map((p) => poisson(away).map((q) => p * q));
}

/**
 * @param {number[][]} grid
 * @returns {(counts: Counts) => number} probability of the scores that count
 */
const massIn = (grid) => (counts) =>
  grid.flatMap((row, home) => row.filter((_, away) => counts(home, away))).reduce((sum, p) => sum + p, 0);

const results = /** @type {[string, Counts][]} */ ([
  ["home", (home, away) => home > away],
  ["draw", (home, away) => home === away],
  ["away", (home, away) => home < away],
]);

/**
 * @param {string[]} lines
 * @param {(line: number) => number} over
 */
const totals = (lines, over) => Object.fromEntries(lines.map((line) => [line, { over: over(Number(line)), under: 1 - over(Number(line)) }]));

/**
 * @param {(counts: Counts) => number} mass
 * @param {number} line
 */
function handicap(mass, line) {
  const gains = [Math.floor(line * 2) / 2, Math.ceil(line * 2) / 2];
  const settles = (/** @type {number} */ points) =>
    mass((home, away) => gains.reduce((sum, half) => sum + Math.sign(home - away + half), 0) === points);
  const [win, half_win, push, half_loss, loss] = [2, 1, 0, -1, -2].map(settles);
  const fair = (/** @type {number} */ won, /** @type {number} */ lost) => 1 + lost / won;
  const [won, lost] = [win + half_win / 2, loss + half_loss / 2];
  return {
    home: { win, half_win, push, half_loss, loss, fair_odds: fair(won, lost) },
    away: { win: loss, half_win: half_loss, push, half_loss: half_win, loss: win, fair_odds: fair(lost, won) },
  };
}

/** Results at half-time and at full-time, of halves that are independent. */
function halves() {
  const first = gridOf({ home: MEANS.home * FIRST_HALF, away: MEANS.away * FIRST_HALF });
  const second = gridOf({ home: MEANS.home * (1 - FIRST_HALF), away: MEANS.away * (1 - FIRST_HALF) });
  const pairs = Object.fromEntries(results.flatMap(([half]) => results.map(([full]) => [`${half}/${full}`, 0])));
  const nameOf = (/** @type {number} */ home, /** @type {number} */ away) => (home > away ? "home" : home === away ? "draw" : "away");
  first.forEach((row, h) =>
    row.forEach((p, a) =>
      second.forEach((other, h2) => other.forEach((q, a2) => (pairs[`${nameOf(h, a)}/${nameOf(h + h2, a + a2)}`] += p * q))),
    ),
  );
  return { first, pairs };
}

/**
 * A prediction with scores in the contract's form, one distribution with all that follows from it.
 * @param {number} fixtureId
 */
export function scoredPredictionFor(fixtureId) {
  const grid = gridOf(MEANS);
  const mass = massIn(grid);
  const result = Object.fromEntries(results.map(([name, counts]) => [name, mass(counts)]));
  const over25 = mass((home, away) => home + away > 2.5);
  const both = mass((home, away) => home > 0 && away > 0);
  const { first, pairs } = halves();
  const likeliest = grid
    .flatMap((row, home) => row.map((probability, away) => ({ home, away, probability })))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, 6);
  const quarterLines = Array.from({ length: 25 }, (_, index) => String(index / 4 - 3));
  const scores = {
    expected_goals: { ...MEANS },
    grid,
    likeliest,
    double_chance: {
      home_or_draw: result.home + result.draw,
      home_or_away: result.home + result.away,
      draw_or_away: result.draw + result.away,
    },
    draw_no_bet: { home: result.home / (result.home + result.away), away: result.away / (result.home + result.away) },
    totals: totals(["0.5", "1.5", "2.5", "3.5", "4.5", "5.5", "6.5"], (line) => mass((home, away) => home + away > line)),
    home_goals: totals(["0.5", "1.5", "2.5", "3.5", "4.5"], (line) => mass((home) => home > line)),
    away_goals: totals(["0.5", "1.5", "2.5", "3.5", "4.5"], (line) => mass((_, away) => away > line)),
    asian_handicap: Object.fromEntries(quarterLines.map((line) => [line, handicap(mass, Number(line))])),
    first_half: {
      "1x2": Object.fromEntries(results.map(([name, counts]) => [name, massIn(first)(counts)])),
      totals: totals(["0.5", "1.5", "2.5"], (line) => massIn(first)((home, away) => home + away > line)),
      half_time_full_time: pairs,
    },
    clean_sheet: { home: mass((_, away) => away === 0), away: mass((home) => home === 0) },
    win_to_nil: { home: mass((home, away) => home > 0 && away === 0), away: mass((home, away) => away > 0 && home === 0) },
    both_and_over25: mass((home, away) => home > 0 && away > 0 && home + away > 2.5),
    odd_even: { odd: mass((home, away) => (home + away) % 2 === 1), even: mass((home, away) => (home + away) % 2 === 0) },
    margin: Object.fromEntries(
      [-3, -2, -1, 0, 1, 2, 3].map((goals) => [goals, mass((home, away) => Math.max(-3, Math.min(3, home - away)) === goals)]),
    ),
  };
  const offer = { probability: 0.55, implied: 0.52, odds: 1.87, edge: 0.03, expected_value: 0.03, kelly_fraction: 0.008 };
  const further_markets = [
    {
      market: "ah",
      line: -0.25,
      outcomes: { home: offer, away: { ...offer, probability: 0.45, implied: 0.48, edge: -0.03, expected_value: -0.1, kelly_fraction: 0 } },
      odds_source: { from: "database", bookmaker_id: 8, captured_at: "2024-04-30T15:00:00Z" },
    },
  ];
  const prediction = { "1x2": result, ou25: { over: over25, under: 1 - over25 }, btts: { yes: both, no: 1 - both } };
  return { ...predictionFor(fixtureId), prediction, scores, further_markets };
}
