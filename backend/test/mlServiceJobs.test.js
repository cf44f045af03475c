import assert from "node:assert/strict";
import test from "node:test";
import { followJob } from "../src/services/ml/jobStream.js";
import { runBacktest, trainModel } from "../src/services/mlService.js";
import { captureLog, eventually, JOB, json, serve, sleep } from "./mlServiceFakes.js";

const PROGRESS = `${JSON.stringify({ type: "progress", job: JOB })}\n`;
const RESULT = { job: { ...JOB, status: "succeeded" }, model: { model_id: "m" }, promoted: true, reason: "newer" };
const LAST = `${JSON.stringify({ type: "result", ...RESULT })}\n`;

/** @param {Promise<{ ok: boolean, error?: unknown }>} outcome */
async function errorCode(outcome) {
  const { ok, error, ...rest } = await outcome;
  assert.deepEqual([ok, rest], [false, {}]);
  const { code, message, ...further } = /** @type {{ code: string, message: string }} */ (error);
  assert.deepEqual([typeof message, further], ["string", {}]);
  return code;
}

test("a training reports its progress and resolves to its result", async (t) => {
  const { requests } = await serve(t, (_request, response) => response.end(PROGRESS + PROGRESS + LAST));
  /** @type {unknown[]} */
  const jobs = [];
  const outcome = await trainModel({ league_ids: [1], promote: "always" }, { onProgress: (job) => jobs.push(job) });
  assert.deepEqual(outcome, { ok: true, ...RESULT });
  assert.deepEqual(jobs, [JOB, JOB]);
  assert.deepEqual(requests[0].body, { league_ids: [1], promote: "always" });
  assert.equal(requests[0].headers.accept, "application/x-ndjson");
});

test("a backtest's options may be written in camelCase", async (t) => {
  const { requests } = await serve(t, (_request, response) => response.end('{"type":"result","seconds":1}\n'));
  const options = /** @type {any} */ ({ from: "2023-01-01", to: "2023-06-30", leagueIds: [1], useOdds: false, minEdge: 0.05 });
  assert.deepEqual(await runBacktest(options), { ok: true, seconds: 1 });
  assert.deepEqual(requests[0].body, { from: "2023-01-01", to: "2023-06-30", league_ids: [1], use_odds: false, min_edge: 0.05 });
});

test("no options at all are an empty request", async (t) => {
  const { requests } = await serve(t, (_request, response) => response.end(LAST));
  assert.equal((await trainModel()).ok, true);
  assert.equal((await trainModel(null, null)).ok, true);
  assert.deepEqual(
    requests.map(({ body }) => body),
    [{}, {}],
  );
});

test("a line in pieces, two in one piece and one without its newline are lines", async (t) => {
  const text = PROGRESS.replace("features", "Zürich") + PROGRESS + LAST.trimEnd();
  await serve(t, async (_request, response) => {
    for (const byte of Buffer.from(text.slice(0, 150))) response.write(Buffer.of(byte));
    await sleep(20);
    response.end(Buffer.from(text).subarray(Buffer.byteLength(text.slice(0, 150))));
  });
  /** @type {string[]} */
  const stages = [];
  const outcome = await trainModel({}, { onProgress: ({ stage }) => stages.push(stage) });
  assert.equal(outcome.ok, true);
  assert.deepEqual(stages, ["Zürich", "features"]);
});

/** @returns {never} */
function thrower() {
  throw new Error("no");
}

/** @param {unknown} reason */
const rejecting = (reason) => () => Promise.reject(reason);

for (const [name, onProgress] of /** @type {[string, any][]} */ ([
  ["throws", thrower],
  ["rejects", rejecting(new Error("no"))],
  ["is no function", 7],
  ["rejects with an error whose message is no text", rejecting(Object.assign(new Error(), { message: { a: 1 } }))],
  ["rejects with an error whose message is a number", rejecting(Object.assign(new Error(), { message: 5 }))],
  ["rejects with what cannot be looked at", rejecting(new Proxy({}, { getPrototypeOf: thrower }))],
  ["never ends", () => new Promise(() => {})],
])) {
  test(`a job whose onProgress ${name} ends well`, async (t) => {
    const log = captureLog(t);
    await serve(t, (_request, response) => response.end(PROGRESS + PROGRESS + LAST));
    assert.deepEqual(await trainModel({}, { onProgress }), { ok: true, ...RESULT });
    assert.ok(log.length <= 1);
  });
}

test("the service's own error is the error, at once or as the last line", async (t) => {
  const error = { code: "insufficient_data", message: "12 matches, it takes 500", hint: null, fields: null, request_id: "r" };
  await serve(t, (_request, response, body) => {
    if (body.from) response.end(`${PROGRESS}${JSON.stringify({ type: "error", error })}\n`);
    else json(response, { error }, 422);
  });
  const expected = { ok: false, error: { code: "insufficient_data", message: "12 matches, it takes 500" } };
  assert.deepEqual(await trainModel(), expected);
  assert.deepEqual(await trainModel({ from: "2023-01-01" }), expected);
});

/** @type {[string, string, (request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => void][]} */
const faults = [
  ["a reset before the answer", "connection_lost", (request) => request.socket.destroy()],
  ["a reset after a line", "connection_lost", (request, response) => response.write(PROGRESS, () => request.socket.destroy())],
  ["an end without a result", "connection_lost", (_request, response) => response.end(PROGRESS)],
  ["HTML", "invalid_response", (_request, response) => response.end("<html>\n</html>")],
  ["a line of another kind", "invalid_response", (_request, response) => response.end('{"type":"other"}\n')],
  ["progress without a job", "invalid_response", (_request, response) => response.end('{"type":"progress"}\n')],
  ["a redirect", "invalid_response", (_request, response) => response.writeHead(302, { Location: "/" }).end()],
  ["a 500 in HTML", "invalid_response", (_request, response) => response.writeHead(500).end("<html>")],
];

for (const [fault, code, answer] of faults) {
  test(`${fault} ends a job with ${code}, asked once`, async (t) => {
    captureLog(t);
    const { requests, sockets } = await serve(t, answer);
    assert.equal(await errorCode(trainModel()), code);
    assert.equal(requests.length, 1);
    await eventually(() => sockets.size === 0);
  });
}

test("a job at a service that is away ends with unreachable", async (t) => {
  captureLog(t);
  const { stop } = await serve(t, () => {});
  await stop();
  assert.equal(await errorCode(runBacktest({ from: "2023-01-01", to: "2023-06-30" })), "unreachable");
});

test("options that cannot be written as JSON are not sent", async (t) => {
  const { requests } = await serve(t, (_request, response) => response.end(LAST));
  assert.equal(await errorCode(trainModel(/** @type {any} */ ({ league_ids: [1n] }))), "invalid_request");
  assert.equal(requests.length, 0);
});

/** @param {number} maxBytes */
const call = (maxBytes) => /** @type {const} */ ({ method: "POST", path: "/train", body: "{}", kind: "other", alone: true, maxBytes });

test("a job that falls silent is left, and its connection closed", async (t) => {
  captureLog(t);
  const { sockets } = await serve(t, (_request, response) => response.write(PROGRESS));
  const following = { idleMs: 200, onProgress: () => {} };
  assert.equal(await errorCode(followJob(call(1000), following, new AbortController().signal)), "timeout");
  await eventually(() => sockets.size === 0);
});

test("a job that goes on speaking is followed beyond the longest silence", async (t) => {
  await serve(t, async (_request, response) => {
    for (let line = 0; line < 8; line += 1) {
      response.write(PROGRESS);
      await sleep(100);
    }
    response.end(LAST);
  });
  const following = { idleMs: 400, onProgress: () => {} };
  assert.equal((await followJob(call(1000), following, new AbortController().signal)).ok, true);
});

test("a line without end is not read for ever", async (t) => {
  captureLog(t);
  const { sockets } = await serve(t, (_request, response) => {
    const timer = setInterval(() => response.write("x".repeat(200)), 5);
    response.on("close", () => clearInterval(timer));
  });
  const following = { idleMs: 5000, onProgress: () => {} };
  assert.equal(await errorCode(followJob(call(1000), following, new AbortController().signal)), "invalid_response");
  await eventually(() => sockets.size === 0);
});
