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
  try {
    const text = error instanceof Error ? String(error.message || Reflect.get(error, "code")) : typeof error;
    return text.replace(/\s+/g, " ").slice(0, 200);
  } catch {
    // What a caller's function throws may itself throw when it is looked at.
    return "an error that cannot be described";
  }
}
