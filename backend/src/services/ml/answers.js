import { OUTCOMES } from "./markets.js";

// The contract's 1e-6, and room for the rounding of the sum itself.
const SUM_TOLERANCE = 1e-6 + 1e-12;

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 * @returns {value is number}
 */
function isWithin(value, least, most) {
  return typeof value === "number" && value >= least && value <= most;
}

/**
 * @param {unknown} value
 * @param {readonly string[]} outcomes
 * @param {number} least the least a number may be; the most is 1
 * @returns {value is Record<string, number>} whether it maps these outcomes, and nothing else, to such numbers
 */
function mapsOutcomes(value, outcomes, least) {
  if (!isObject(value) || Object.keys(value).length !== outcomes.length) return false;
  return outcomes.every((outcome) => Object.hasOwn(value, outcome) && isWithin(value[outcome], least, 1));
}

/**
 * @param {unknown} value
 * @param {readonly string[]} outcomes
 */
function isDistribution(value, outcomes) {
  if (!mapsOutcomes(value, outcomes, 0)) return false;
  const sum = outcomes.reduce((total, outcome) => total + value[outcome], 0);
  return Math.abs(sum - 1) <= SUM_TOLERANCE;
}

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
 * Whether an answer is a prediction for this fixture whose probabilities are probabilities.
 * @param {unknown} answer
 * @param {import("./ids.js").IdKind} kind
 * @param {number} id
 * @returns {answer is import("../mlService.js").Prediction}
 */
export function isPrediction(answer, kind, id) {
  if (!isObject(answer) || kind.of(answer) !== id) return false;
  return everyMarket(answer.prediction, isDistribution) && isEdge(answer.edge);
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
