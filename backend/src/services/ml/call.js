import { errorOf, hintOf } from "./answers.js";
import { CallFailure } from "./failure.js";
import { currentService, reportMisconfiguration } from "./service.js";
import { readText, send } from "./transport.js";

/**
 * @typedef {import("./transport.js").Request & { kind: import("./circuitBreaker.js").CallKind, maxBytes: number }} Call
 *   `maxBytes` of an answer, or of one line of a job's
 * @typedef {{ ok: true, body: unknown } | { ok: false, error: import("../mlService.js").ServiceError, hint?: unknown }} Outcome
 *   `hint` of the service, which says what to do about its error
 * @typedef {{ status: number, text: string }} Answer
 */

const UNABLE_TO_PREDICT = new Set([
  "model_not_trained",
  "model_invalid",
  "database_missing",
  "database_unreadable",
  "database_invalid_schema",
]);

/**
 * Asks the current service and reads its JSON answer. Never rejects.
 * @param {Call} call
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
export function callJson(call, signal) {
  return throughBreaker(call, async (service) => {
    const answer = await answerTo(service.url, call, signal);
    return { status: answer.status, outcome: toOutcome(answer) };
  });
}

/**
 * Admits a call, and tells breaker and log how it went.
 * @param {Call} call
 * @param {(service: import("./service.js").Service) => Promise<{ status: number, outcome: Outcome }>} attempt
 * @returns {Promise<Outcome>}
 */
export async function throughBreaker(call, attempt) {
  const service = serviceOrNull();
  if (!service) return failed("invalid_request", "ML_SERVICE_URL is not a URL");
  const pass = service.breaker.enter(call.kind);
  if (!pass) return failed("unavailable", "the ML service failed five times in a row and is left alone for a moment");
  try {
    const { status, outcome } = await attempt(service);
    noteAnswer(service, pass, status, outcome);
    return outcome;
  } catch (error) {
    service.rememberFailure(error);
    const isTheirs = error instanceof CallFailure && error.code === "invalid_response";
    service.breaker.report(pass, isTheirs ? "answered" : "failed");
    return error instanceof CallFailure ? failed(error.code, error.message) : failed("invalid_request", String(error));
  }
}

/** @returns {import("./service.js").Service | null} the current service; null, and a line in the log, where its URL is none */
export function serviceOrNull() {
  try {
    return currentService();
  } catch (error) {
    reportMisconfiguration(error);
    return null;
  }
}

/**
 * @param {import("./service.js").Service} service
 * @param {import("./circuitBreaker.js").Pass} pass
 * @param {number} status
 * @param {Outcome} outcome
 */
function noteAnswer(service, pass, status, outcome) {
  const code = outcome.ok ? "" : outcome.error.code;
  if (status === 403) {
    service.sayOnce("403", `refuses this client (403 ${code}): add the host name used here to the service's ALLOWED_HOSTS`);
  }
  if (code === "invalid_response") service.sayOnce(code, "answers with something that is not statFoot's: is it another service?");
  if (status < 500) return service.breaker.report(pass, "answered");
  service.rememberFailure(new Error(`${status} ${code}`));
  service.breaker.report(pass, UNABLE_TO_PREDICT.has(code) ? "unable_to_predict" : "failed");
}

/**
 * @param {string} url
 * @param {Call} call
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 * @throws {CallFailure}
 */
async function answerTo(url, call, signal) {
  try {
    return await exchange(url, call, signal);
  } catch (error) {
    if (!mayRetry(error)) throw error;
    return exchange(url, { ...call, alone: true }, signal);
  }
}

/**
 * Only a broken connection is tried anew, on a new one: a kept one may have been closed under the request. After a timeout
 * the caller has waited long enough, nobody listens where a connection was refused, a 5xx asks for less load.
 * @param {unknown} error
 */
function mayRetry(error) {
  return error instanceof CallFailure && error.code === "connection_lost";
}

/**
 * @param {string} url
 * @param {Call} call
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function exchange(url, call, signal) {
  const reply = await send(url, call, signal);
  return { status: reply.status, text: await readText(reply, signal, call.maxBytes) };
}

/**
 * @param {Answer} answer
 * @returns {Outcome}
 */
export function toOutcome({ status, text }) {
  const body = parseJson(text);
  if (status === 200 && body !== undefined) return { ok: true, body };
  const error = status >= 400 ? errorOf(body) : null;
  return error ? { ok: false, error, hint: hintOf(body) } : failed("invalid_response", `status ${status} without an answer of this service`);
}

/**
 * @param {string} text
 * @returns {unknown} undefined where it is not JSON
 */
export function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * @param {string} code
 * @param {string} message
 * @returns {{ ok: false, error: import("../mlService.js").ServiceError }}
 */
export function failed(code, message) {
  return { ok: false, error: { code, message } };
}
