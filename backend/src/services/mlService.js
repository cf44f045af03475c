/**
 * Predictions from the Python ML service. No function here throws or rejects: where the service is away, slow or
 * wrong, the answer says so. The service is looked for at ML_SERVICE_URL (default http://localhost:5050), read at
 * each call. After five failures in a row calls are answered at once, without trying, for 3 seconds.
 */
import { hintOf, isHealth, isModelMeta, isPrediction } from "./ml/answers.js";
import { callJson, failed } from "./ml/call.js";
import { withDeadline } from "./ml/deadline.js";
import { describe } from "./ml/failure.js";
import { idKindOf, noteOtherType, toId } from "./ml/ids.js";
import { followJob } from "./ml/jobStream.js";
import { isObject } from "./ml/numbers.js";

// The service's own types are written from its code, by `python -m docs.generate` there.
/**
 * @typedef {import("./ml/contract.js").Market} Market
 * @typedef {import("./ml/contract.js").PredictionAnswer} Prediction
 * @typedef {import("./ml/contract.js").Scores} Scores
 * @typedef {import("./ml/contract.js").ValueBet} ValueBet
 * @typedef {import("./ml/contract.js").JobAnswer} Job
 * @typedef {import("./ml/contract.js").HealthAnswer} Health
 * @typedef {import("./ml/contract.js").MetaAnswer} ModelMeta
 */

/**
 * @typedef {{ prediction: null, edge: null }} NoPrediction what stands in where there is no prediction
 * @typedef {{ code: string, message: string }} ServiceError
 *   the service's own codes, or `unreachable`, `timeout`, `connection_lost`, `invalid_response`, `unavailable`
 *   (left alone after five failures), `invalid_request` (nothing was sent)
 */

/**
 * @typedef {object} PredictionOptions
 * @property {boolean} [explain] with SHAP values (default false)
 * @property {import("./ml/contract.js").OddsBody} [odds] decimal, replace the database's market by market
 * @property {boolean} [useOdds] with prices as an input where there are any (default true)
 * @property {boolean} [scores] with the distribution of scores, and prices of further markets (default false)
 * @property {"fixture" | "api"} [idType] `"api"` where ids are API-Football's, `V3_Fixtures.api_id` (default `"fixture"`)
 *
 * @typedef {Pick<PredictionOptions, "idType">} IdOptions
 */

// Requests have the names of the service; in camelCase they are understood too.
/**
 * @typedef {Omit<import("./ml/contract.js").TrainBody, "wait">} TrainOptions
 * @typedef {import("./ml/contract.js").BacktestBody} BacktestOptions
 */

/**
 * @typedef {{ onProgress?: (job: Job) => unknown }} Following
 * @typedef {{ ok: false, error: ServiceError }} JobFailure
 * @typedef {{ ok: true } & import("./ml/contract.js").TrainedAnswer} TrainSuccess
 * @typedef {{ ok: true } & import("./ml/contract.js").BacktestAnswer} BacktestSuccess
 */

/** How long each function takes at most, in milliseconds. */
export const TIMEOUT_MS = Object.freeze({
  getPrediction: 5_000,
  getPredictions: 30_000,
  getHealth: 2_000,
  getCurrentModel: 5_000,
  trainModel: 12 * 3_600_000,
  runBacktest: 12 * 3_600_000,
  /** The longest silence of a running job; the service sends a line every 10 seconds. */
  jobSilence: 30_000,
});

/** Fixtures that the service takes in one request. */
const CHUNK = 1000;
const MIB = 1024 * 1024;

/**
 * The prediction for one fixture. Takes at most 5 seconds.
 * @param {number | string} fixtureId a positive integer, or its digits
 * @param {PredictionOptions | null} [options]
 * @returns {Promise<Prediction | NoPrediction>}
 */
export async function getPrediction(fixtureId, options) {
  const kind = idKindOf(options);
  const id = toId(fixtureId);
  if (kind === null || id === null) return noPrediction();
  const body = toJson(() => ({
    [kind.one]: id,
    explain: options?.explain,
    odds: options?.odds,
    use_odds: options?.useOdds,
    scores: options?.scores,
  }));
  if (body === null) return noPrediction();
  const answer = await withDeadline(TIMEOUT_MS.getPrediction, (signal) => postPredict(body, 2 * MIB, signal));
  if (!answer.ok) noteOtherType(answer.hint, id);
  return answer.ok && isPrediction(answer.body, kind, id) ? answer.body : noPrediction();
}

/**
 * The predictions for any number of fixtures, a thousand a request. Takes at most 30 seconds in all.
 * @template {number | string} Id
 * @param {Iterable<Id>} fixtureIds positive integers, or their digits
 * @param {IdOptions | null} [options]
 * @returns {Promise<Map<Id, Prediction | NoPrediction>>} each id as it was asked for, in that order
 */
export async function getPredictions(fixtureIds, options) {
  const asked = new Set(toList(fixtureIds));
  const kind = idKindOf(options);
  /** @type {Map<Id, number | null>} */
  const ids = new Map([...asked].map((key) => [key, kind && toId(key)]));
  const predictions = kind === null ? new Map() : await predictAll(kind, [...new Set(ids.values())].filter(isKnown));
  return new Map([...ids].map(([key, id]) => [key, (id !== null && predictions.get(id)) || noPrediction()]));
}

/**
 * The state of service, database, model and jobs, or null. Takes at most 2 seconds.
 * @returns {Promise<Health | null>}
 */
export async function getHealth() {
  const answer = await withDeadline(TIMEOUT_MS.getHealth, (signal) => get("/health", signal));
  return answer.ok && isHealth(answer.body) ? answer.body : null;
}

/**
 * What the current model is and how good it is, or null. Takes at most 5 seconds.
 * @returns {Promise<ModelMeta | null>}
 */
export async function getCurrentModel() {
  const answer = await withDeadline(TIMEOUT_MS.getCurrentModel, (signal) => get("/model/current", signal));
  return answer.ok && isModelMeta(answer.body) ? answer.body : null;
}

/**
 * Trains a model and waits for its end: at most 12 hours, and 30 seconds without a sign of life. A training whose
 * connection is lost goes on; `getHealth()` follows it.
 * @param {TrainOptions | null} [options]
 * @param {Following | null} [following] `onProgress` gets the job, at least every 10 seconds
 * @returns {Promise<TrainSuccess | JobFailure>}
 */
export async function trainModel(options, following) {
  const outcome = runJob("/train", TIMEOUT_MS.trainModel, options, following);
  return /** @type {Promise<TrainSuccess | JobFailure>} */ (outcome);
}

/**
 * Runs a walk-forward backtest and waits for its end: at most 12 hours, and 30 seconds without a sign of life.
 * @param {BacktestOptions} options
 * @param {Following | null} [following] `onProgress` gets the job, at least every 10 seconds
 * @returns {Promise<BacktestSuccess | JobFailure>}
 */
export async function runBacktest(options, following) {
  const outcome = runJob("/backtest", TIMEOUT_MS.runBacktest, options, following);
  return /** @type {Promise<BacktestSuccess | JobFailure>} */ (outcome);
}

/** @returns {NoPrediction} */
function noPrediction() {
  return { prediction: null, edge: null };
}

/**
 * @param {string} path
 * @param {AbortSignal} signal
 */
function get(path, signal) {
  return callJson({ method: "GET", path, kind: "other", maxBytes: 8 * MIB }, signal);
}

/**
 * @param {string} body
 * @param {number} maxBytes
 * @param {AbortSignal} signal
 */
function postPredict(body, maxBytes, signal) {
  return callJson({ method: "POST", path: "/predict", body, kind: "prediction", maxBytes }, signal);
}

/**
 * @param {import("./ml/ids.js").IdKind} kind
 * @param {number[]} ids each once
 * @returns {Promise<Map<number, Prediction>>} those that the service answered well in time
 */
async function predictAll(kind, ids) {
  /** @type {Map<number, Prediction>} */
  const predictions = new Map();
  await withDeadline(TIMEOUT_MS.getPredictions, async (signal) => {
    for (let start = 0; start < ids.length && !signal.aborted; start += CHUNK) {
      for (const [id, prediction] of await predictChunk(kind, ids.slice(start, start + CHUNK), signal)) {
        predictions.set(id, prediction);
      }
    }
  });
  return predictions;
}

/**
 * @param {import("./ml/ids.js").IdKind} kind
 * @param {number[]} ids
 * @param {AbortSignal} signal
 * @returns {Promise<Map<number, Prediction>>} those that the service answered well
 */
async function predictChunk(kind, ids, signal) {
  const answer = await postPredict(JSON.stringify({ [kind.many]: ids }), 32 * MIB, signal);
  const body = answer.ok && isObject(answer.body) ? answer.body : {};
  for (const { id, hint } of errorsIn(body, kind)) noteOtherType(hint, id);
  const asked = new Set(ids);
  /** @type {Map<number, Prediction>} */
  const predictions = new Map();
  for (const one of listIn(body.predictions)) {
    const id = isObject(one) ? Number(kind.of(one)) : NaN;
    if (asked.has(id) && isPrediction(one, kind, id)) predictions.set(id, one);
  }
  return predictions;
}

/**
 * @param {Record<string, unknown>} body
 * @param {import("./ml/ids.js").IdKind} kind
 * @returns {{ id: number, hint: unknown }[]} what the service says of ids that it has no prediction for
 */
function errorsIn(body, kind) {
  return listIn(body.errors)
    .filter(isObject)
    .map((one) => ({ id: Number(one[kind.one]), hint: hintOf(one) }));
}

/**
 * @param {unknown} value
 * @returns {unknown[]}
 */
function listIn(value) {
  return Array.isArray(value) ? value : [];
}

/**
 * @param {number | null} id
 * @returns {id is number}
 */
function isKnown(id) {
  return id !== null;
}

/**
 * @param {"/train" | "/backtest"} path
 * @param {number} timeoutMs
 * @param {object | null | undefined} options
 * @param {Following | null | undefined} following
 * @returns {Promise<{ ok: true } | JobFailure>} the service's body as it came
 */
async function runJob(path, timeoutMs, options, following) {
  const body = toJson(() => withServiceNames(options));
  if (body === null) return failed("invalid_request", "the options cannot be written as JSON");
  const accept = "application/x-ndjson";
  const outcome = await withDeadline(timeoutMs, (signal) =>
    followJob(
      { method: "POST", path, body, accept, kind: "other", maxBytes: 64 * MIB, alone: true },
      { idleMs: TIMEOUT_MS.jobSilence, onProgress: guarded(following) },
      signal,
    ),
  );
  return outcome.ok ? { .../** @type {object} */ (outcome.body), ok: true } : { ok: false, error: outcome.error };
}

/**
 * @param {object | null | undefined} options
 * @returns {Record<string, unknown>} the same with `league_ids` for `leagueIds`
 */
function withServiceNames(options) {
  const snakeCase = (/** @type {string} */ name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(options ?? {}).map(([name, value]) => [snakeCase(name), value]));
}

/**
 * A caller's fault in showing progress must not end the job that is shown; it is logged, once a job.
 * @param {Following | null | undefined} following
 * @returns {(job: Job) => void}
 */
function guarded(following) {
  let wasLogged = false;
  const log = (/** @type {unknown} */ error) => {
    if (!wasLogged) console.warn(`[ml-service] onProgress failed: ${describe(error)}`);
    wasLogged = true;
  };
  return (job) => {
    new Promise((resolve) => resolve(following?.onProgress?.(job))).catch(log);
  };
}

/**
 * What JSON would turn into null or leave out: a price that is NaN would silently become the database's.
 * @param {string} _name
 * @param {unknown} value
 * @throws {TypeError}
 */
function refuseLost(_name, value) {
  const isLost = typeof value === "number" ? !Number.isFinite(value) : typeof value === "symbol" || typeof value === "function";
  if (isLost) throw new TypeError("JSON has no such value");
  return value;
}

/**
 * @param {() => unknown} build
 * @returns {string | null} null where the value cannot be built or written as it is
 */
function toJson(build) {
  try {
    return JSON.stringify(build(), refuseLost);
  } catch {
    return null;
  }
}

/**
 * @template T
 * @param {Iterable<T>} values as the caller says
 * @returns {T[]} empty where they cannot be listed
 */
function toList(values) {
  if (typeof values !== "object" || values === null) return [];
  try {
    return [...values];
  } catch {
    return [];
  }
}
