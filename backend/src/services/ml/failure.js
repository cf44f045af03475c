/**
 * @typedef {"connection_lost" | "unreachable" | "timeout" | "invalid_response" | "unavailable" | "invalid_request"} FailureKind
 *   `connection_lost`: the connection broke before the answer was complete. `unavailable`: not tried, the breaker is open.
 */

/** Why a call to the ML service brought no usable answer. */
export class CallFailure extends Error {
  /**
   * @param {FailureKind} code
   * @param {string} message
   * @param {{ cause?: unknown }} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = "CallFailure";
    this.code = code;
  }
}

/**
 * @param {unknown} error
 * @returns {string} one line for a log
 */
export function describe(error) {
  const text = error instanceof Error ? error.message || String(Reflect.get(error, "code")) : typeof error;
  return text.replace(/\s+/g, " ").slice(0, 200);
}
