import { errorOf } from "./answers.js";
import { failed, parseJson, throughBreaker, toOutcome } from "./call.js";
import { CallFailure, describe } from "./failure.js";
import { asCallFailure, readText, send } from "./transport.js";
import { isObject } from "./numbers.js";

/**
 * @typedef {import("../mlService.js").Job} Job
 * @typedef {import("./call.js").Outcome} Outcome
 */

/**
 * Starts a job and follows its lines to the last. Never rejects.
 * @param {import("./call.js").Call} call
 * @param {{ idleMs: number, onProgress: (job: Job) => void }} following `idleMs`: the longest silence between two lines
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
export async function followJob(call, { idleMs, onProgress }, signal) {
  const silence = new AbortController();
  const either = anyOf(signal, silence.signal);
  const timer = setTimeout(() => silence.abort(), idleMs);
  /** @type {import("./transport.js").Reply | null} */
  let reply = null;
  try {
    const started = await throughBreaker(call, async (service) => {
      reply = await send(service.url, call, either);
      return { status: reply.status, outcome: await headOutcome(reply, either, call.maxBytes) };
    });
    if (!started.ok || reply === null) return started;
    return await lastLine(reply, { timer, onProgress, maxBytes: call.maxBytes }, either);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * AbortSignal.any, which Node 18 lacks.
 * @param {AbortSignal} first
 * @param {AbortSignal} second
 */
function anyOf(first, second) {
  const controller = new AbortController();
  for (const signal of [first, second]) {
    signal.addEventListener("abort", () => controller.abort(), { once: true });
    if (signal.aborted) controller.abort();
  }
  return controller.signal;
}

/**
 * @param {import("./transport.js").Reply} reply
 * @param {AbortSignal} signal
 * @param {number} maxBytes
 * @returns {Promise<Outcome>}
 */
async function headOutcome(reply, signal, maxBytes) {
  if (reply.status === 200) return { ok: true, body: null };
  return toOutcome({ status: reply.status, text: await readText(reply, signal, maxBytes) });
}

/**
 * @param {import("./transport.js").Reply} reply
 * @param {{ timer: NodeJS.Timeout, onProgress: (job: Job) => void, maxBytes: number }} reading
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
async function lastLine(reply, { timer, onProgress, maxBytes }, signal) {
  try {
    for await (const line of linesOf(reply.body, maxBytes)) {
      timer.refresh();
      const message = parseJson(line);
      if (!isObject(message)) throw new CallFailure("invalid_response", "a line that is not a JSON object");
      const outcome = outcomeOf(message);
      if (outcome) return outcome;
      onProgress(/** @type {Job} */ (message.job));
    }
    throw new CallFailure("connection_lost", "the connection ended before the result; a training may go on, see getHealth()");
  } catch (error) {
    const failure = asCallFailure(error, signal);
    return failed(failure.code, describe(failure));
  }
}

/**
 * @param {Record<string, unknown>} message one line
 * @returns {Outcome | null} null where the job goes on
 */
function outcomeOf({ type, ...body }) {
  if (type === "result") return { ok: true, body };
  if (type === "progress" && isObject(body.job)) return null;
  const error = type === "error" ? errorOf(body) : null;
  if (error) return { ok: false, error };
  throw new CallFailure("invalid_response", "a line that is neither progress, result nor error");
}

/**
 * @param {import("node:stream").Readable} body
 * @param {number} maxBytes of one line
 * @returns {AsyncGenerator<string>}
 */
async function* linesOf(body, maxBytes) {
  /** @type {Buffer[]} */
  let parts = [];
  let bytes = 0;
  for await (const chunk of body) {
    let rest = /** @type {Buffer} */ (chunk);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = Buffer.concat([...parts, rest.subarray(0, end)])
        .toString("utf8")
        .trim();
      [parts, bytes, rest] = [[], 0, rest.subarray(end + 1)];
      if (line) yield line;
    }
    parts.push(rest);
    bytes += rest.length;
    if (bytes > maxBytes) throw new CallFailure("invalid_response", `a line of more than ${maxBytes} bytes`);
  }
  const last = Buffer.concat(parts).toString("utf8").trim();
  if (last) yield last;
}
