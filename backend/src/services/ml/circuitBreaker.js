/** Failures in a row after which calls are no longer tried. */
export const FAILURES_TO_OPEN = 5;
/** How long no call is tried, in milliseconds; then one call is let through to find out. */
export const COOL_DOWN_MS = 3000;

/**
 * @typedef {"prediction" | "other"} CallKind
 * @typedef {{ generation: number }} Pass a permission to try one call, to be reported on once
 * @typedef {"answered" | "failed" | "unable_to_predict"} Outcome
 *   `unable_to_predict`: the service is there and says why it has no predictions (no model, no database).
 */

/** Spares a service that is down its callers, and the callers their wait. */
export class CircuitBreaker {
  #failures = 0;
  #generation = 0;
  #openUntil = 0;
  #isOpen = false;
  #holdsOnlyPredictions = false;
  /** @type {Pass | null} */
  #trial = null;
  #onChange;

  /** @param {(isOpen: boolean) => void} onChange called when the breaker opens and when it closes */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /**
   * @param {CallKind} kind
   * @returns {Pass | null} null when the call shall not be tried
   */
  enter(kind) {
    const pass = { generation: this.#generation };
    if (!this.#isOpen) return pass;
    // Training is the cure for a missing model: it must not be held back by the failures it would end.
    if (this.#holdsOnlyPredictions && kind === "other") return pass;
    if (this.#trial !== null || performance.now() < this.#openUntil) return null;
    this.#trial = pass;
    return pass;
  }

  /**
   * @param {Pass} pass
   * @param {Outcome} outcome
   */
  report(pass, outcome) {
    if (this.#isOpen) this.#reportTrial(pass, outcome);
    // A call from before the last change says nothing about the time after it.
    else if (pass.generation !== this.#generation) return;
    else if (outcome === "answered") this.#failures = 0;
    else if (++this.#failures >= FAILURES_TO_OPEN) this.#open(outcome);
  }

  /**
   * @param {Pass} pass
   * @param {Outcome} outcome
   */
  #reportTrial(pass, outcome) {
    if (pass !== this.#trial) return;
    this.#trial = null;
    if (outcome === "answered") this.#close();
    else this.#coolDown(outcome);
  }

  /** @param {Outcome} outcome */
  #open(outcome) {
    this.#isOpen = true;
    this.#generation += 1;
    this.#coolDown(outcome);
    this.#onChange(true);
  }

  #close() {
    this.#isOpen = false;
    this.#generation += 1;
    this.#failures = 0;
    this.#onChange(false);
  }

  /** @param {Outcome} outcome */
  #coolDown(outcome) {
    this.#openUntil = performance.now() + COOL_DOWN_MS;
    this.#holdsOnlyPredictions = outcome === "unable_to_predict";
  }
}
