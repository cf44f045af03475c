import assert from "node:assert/strict";
import test from "node:test";
import { getPrediction } from "../src/services/mlService.js";
import { captureLog, json, NOTHING, predictionFor, serve } from "./mlServiceFakes.js";
import { scoredPredictionFor } from "./scoredPrediction.js";

test("scores and further markets come back as the service gave them", async (t) => {
  const { requests } = await serve(t, (_request, response) => json(response, scoredPredictionFor(7)));
  assert.deepEqual(await getPrediction(7, { scores: true }), scoredPredictionFor(7));
  assert.deepEqual(requests[0].body, { fixture_id: 7, scores: true });
});

test("scores that nobody asked for, or that an older service does not know, are none", async (t) => {
  for (const changes of [{ scores: null, further_markets: null }, { scores: null, further_markets: [] }, {}]) {
    await serve(t, (_request, response) => json(response, predictionFor(7, changes)));
    assert.deepEqual(await getPrediction(7, { scores: true }), predictionFor(7, changes));
  }
});

test("more lines and fields than are known are no fault", async (t) => {
  const answer = scoredPredictionFor(7);
  Object.assign(answer.scores.totals, { "7.5": { over: 0.01, under: 0.99 } });
  Object.assign(answer.scores, { next_goal: { home: 0.5 } });
  await serve(t, (_request, response) => json(response, answer));
  assert.deepEqual(await getPrediction(7, { scores: true }), answer);
});

test("a handicap that can only lose has no fair price", async (t) => {
  const answer = scoredPredictionFor(7);
  /** @type {any} */ (answer.scores.asian_handicap["-3"].home).fair_odds = null;
  await serve(t, (_request, response) => json(response, answer));
  assert.deepEqual(await getPrediction(7, { scores: true }), answer);
});

/** @type {[string, (answer: any) => void][]} */
const faults = [
  ["scores that are text", (answer) => (answer.scores = "2-1")],
  ["a grid of ten rows", ({ scores }) => scores.grid.pop()],
  ["a grid of short rows", ({ scores }) => scores.grid[3].pop()],
  ["a grid that does not sum to one", ({ scores }) => (scores.grid[1][1] += 0.00001)],
  ["a negative probability in the grid", ({ scores }) => ((scores.grid[0][0] += 0.2), (scores.grid[9][9] -= 0.2))],
  ["a grid of another result than the served one", ({ scores }) => ((scores.grid[1][0] += 0.001), (scores.grid[1][1] -= 0.001))],
  ["a grid of other goals than the served ones", ({ scores }) => ((scores.grid[1][0] += 0.001), (scores.grid[3][0] -= 0.001))],
  ["expected goals below the grid's", ({ scores }) => (scores.expected_goals.home = 1.2)],
  ["expected goals that are null", ({ scores }) => (scores.expected_goals.away = null)],
  ["no likeliest score", ({ scores }) => (scores.likeliest = [])],
  ["a likeliest score that is not the grid's", ({ scores }) => (scores.likeliest[0].probability = 0.2)],
  ["likeliest scores in another order", ({ scores }) => scores.likeliest.reverse()],
  ["a score beyond the grid", ({ scores }) => (scores.likeliest[5].home = 11)],
  ["a double chance that contradicts the result", ({ scores }) => (scores.double_chance.home_or_draw = 0.9)],
  ["a draw no bet that contradicts the result", ({ scores }) => (scores.draw_no_bet = { home: 0.5, away: 0.5 })],
  ["a missing total", ({ scores }) => delete scores.totals["1.5"]],
  ["a total that contradicts the grid", ({ scores }) => (scores.totals["1.5"] = { over: 0.5, under: 0.5 })],
  ["a side's goals that contradict the grid", ({ scores }) => (scores.away_goals["0.5"] = { over: 0.5, under: 0.5 })],
  ["a handicap that does not sum to one", ({ scores }) => (scores.asian_handicap["-0.25"].home.push = 0.5)],
  ["a handicap that both sides win", ({ scores }) => (scores.asian_handicap["-1"].away = scores.asian_handicap["-1"].home)],
  ["a handicap that contradicts the result", ({ scores }) => (scores.asian_handicap["-0.5"] = scores.asian_handicap["0.5"])],
  ["a missing line", ({ scores }) => delete scores.asian_handicap["2.75"]],
  ["a fair price below one", ({ scores }) => (scores.asian_handicap["0"].home.fair_odds = 0.9)],
  ["halves that contradict the result", ({ scores }) => (scores.first_half.half_time_full_time = halvesWith(scores, "home/home", "draw/draw"))],
  ["halves that contradict the first one", ({ scores }) => (scores.first_half["1x2"] = { home: 0.2, draw: 0.3, away: 0.5 })],
  ["no first half", ({ scores }) => (scores.first_half = null)],
  ["a clean sheet that contradicts the grid", ({ scores }) => (scores.clean_sheet.home = 0.9)],
  ["a win to nil above one", ({ scores }) => (scores.win_to_nil.home = 1.1)],
  ["odd and even that do not sum to one", ({ scores }) => (scores.odd_even = { odd: 0.5, even: 0.4 })],
  ["a margin that contradicts the draw", ({ scores }) => ((scores.margin[0] += 0.1), (scores.margin[1] -= 0.1))],
  ["further markets that are no list", (answer) => (answer.further_markets = {})],
  ["a further market without outcomes", (answer) => (answer.further_markets[0].outcomes = {})],
  ["a further probability above one", (answer) => (answer.further_markets[0].outcomes.home.probability = 1.2)],
  ["a further price below one", (answer) => (answer.further_markets[0].outcomes.home.odds = 0.5)],
  ["a further line that is text", (answer) => (answer.further_markets[0].line = "-0.25")],
];

/**
 * @param {any} scores
 * @param {string} more
 * @param {string} less
 */
function halvesWith(scores, more, less) {
  const pairs = scores.first_half.half_time_full_time;
  return { ...pairs, [more]: pairs[more] + 0.01, [less]: pairs[less] - 0.01 };
}

for (const [fault, change] of faults) {
  test(`${fault}: no prediction`, async (t) => {
    captureLog(t);
    const answer = scoredPredictionFor(7);
    change(answer);
    await serve(t, (_request, response) => json(response, answer));
    assert.deepEqual(await getPrediction(7, { scores: true }), NOTHING);
  });
}

test("a number of the grid too large for a double is no probability", async (t) => {
  const text = JSON.stringify(scoredPredictionFor(7)).replace(/"grid":\[\[[^,]+/, '"grid":[[1e400');
  await serve(t, (_request, response) => response.end(text));
  assert.deepEqual(await getPrediction(7, { scores: true }), NOTHING);
});
