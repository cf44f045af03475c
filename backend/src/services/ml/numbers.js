/** Which values of an answer are the numbers that they should be. */

// The contract's 1e-6, and room for the rounding of the sum itself.
export const SUM_TOLERANCE = 1e-6 + 1e-12;

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
export function isWithin(value, least, most) {
  return typeof value === "number" && value >= least && value <= most;
}

/**
 * @param {unknown} value
 * @param {readonly string[]} outcomes
 * @param {number} least the least a number may be; the most is 1
 * @returns {value is Record<string, number>} whether it maps these outcomes, and nothing else, to such numbers
 */
export function mapsOutcomes(value, outcomes, least) {
  if (!isObject(value) || Object.keys(value).length !== outcomes.length) return false;
  return outcomes.every((outcome) => Object.hasOwn(value, outcome) && isWithin(value[outcome], least, 1));
}

/**
 * @param {unknown} value
 * @param {readonly string[]} outcomes
 * @returns {value is Record<string, number>} whether it maps these outcomes, and nothing else, to probabilities that sum to 1
 */
export function isDistribution(value, outcomes) {
  if (!mapsOutcomes(value, outcomes, 0)) return false;
  const sum = outcomes.reduce((total, outcome) => total + value[outcome], 0);
  return Math.abs(sum - 1) <= SUM_TOLERANCE;
}
