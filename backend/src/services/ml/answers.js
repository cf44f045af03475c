import { OUTCOMES } from "./markets.js";
import { isDistribution, isObject, mapsOutcomes } from "./numbers.js";
import { areFurtherMarkets, areScores } from "./scores.js";

/**
 * @param {unknown} value
 * @param {(market: unknown, outcomes: readonly string[]) => boolean} check
 */
function everyMarket(value, check) {
  if (!isObject(value)) return false;
  return Object.entries(OUTCOMES).every(([market, outcomes]) => check(value[market], outcomes));
}

/** @param {unknown} edge */
function isEdge(edge) {
  if (edge === null) return true;
  return everyMarket(edge, (market, outcomes) => market === null || mapsOutcomes(market, outcomes, -1));
}

/**
 * Whether an answer is a prediction for this fixture whose probabilities are probabilities, and whose scores agree with them.
 * @param {unknown} answer
 * @param {import("./ids.js").IdKind} kind
 * @param {number} id
 * @returns {answer is import("../mlService.js").Prediction}
 */
export function isPrediction(answer, kind, id) {
  if (!isObject(answer) || kind.of(answer) !== id) return false;
  if (!everyMarket(answer.prediction, isDistribution) || !isEdge(answer.edge)) return false;
  const prediction = /** @type {Record<string, Record<string, number>>} */ (answer.prediction);
  return areScores(answer.scores, prediction) && areFurtherMarkets(answer.further_markets);
}

/**
 * @param {unknown} answer
 * @returns {answer is import("../mlService.js").Health}
 */
export function isHealth(answer) {
  return isObject(answer) && (answer.status === "ok" || answer.status === "degraded");
}

/**
 * @param {unknown} answer
 * @returns {answer is import("../mlService.js").ModelMeta}
 */
export function isModelMeta(answer) {
  return isObject(answer) && typeof answer.model_id === "string";
}

/**
 * @param {unknown} answer
 * @returns {import("../mlService.js").ServiceError | null} the error of an answer in the service's form
 */
export function errorOf(answer) {
  const error = isObject(answer) ? answer.error : null;
  if (!isObject(error) || typeof error.code !== "string" || typeof error.message !== "string") return null;
  return { code: error.code, message: error.message };
}

/**
 * @param {unknown} answer in the service's form of an error
 * @returns {unknown} what to do about it, null where the service does not say
 */
export function hintOf(answer) {
  return isObject(answer) && isObject(answer.error) ? answer.error.hint : null;
}
