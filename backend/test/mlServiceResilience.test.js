import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { CircuitBreaker, COOL_DOWN_MS, FAILURES_TO_OPEN } from "../src/services/ml/circuitBreaker.js";
import { getCurrentModel, getHealth, getPrediction, getPredictions, trainModel } from "../src/services/mlService.js";
import { captureLog, eventually, json, NOTHING, predictionFor, serve, sleep } from "./mlServiceFakes.js";

const FAULT = { error: { code: "internal_error", message: "no" } };
const NO_MODEL = { error: { code: "model_not_trained", message: "no model yet" } };

/** @param {number} count */
async function predictTimes(count) {
  for (let time = 0; time < count; time += 1) assert.deepEqual(await getPrediction(7), NOTHING);
}

test("after five failures in a row no call is tried, until one finds the service well", async (t) => {
  const log = captureLog(t);
  let isWell = false;
  const { requests } = await serve(t, (_request, response) => json(response, isWell ? predictionFor(7) : FAULT, isWell ? 200 : 500));
  await predictTimes(FAILURES_TO_OPEN + 20);
  assert.deepEqual(
    await getPredictions([1, 2]),
    new Map([
      [1, NOTHING],
      [2, NOTHING],
    ]),
  );
  assert.deepEqual([await getHealth(), await getCurrentModel()], [null, null]);
  const training = await trainModel();
  assert.equal(training.ok || training.error.code, "unavailable");
  assert.equal(requests.length, FAILURES_TO_OPEN);

  isWell = true;
  await sleep(COOL_DOWN_MS + 50);
  assert.deepEqual(await getPrediction(7), predictionFor(7));
  assert.deepEqual(await getPrediction(7), predictionFor(7));
  assert.equal(log.length, 2, log.join("\n"));
});

test("one call tries a service that failed, the others do not wait for it", async (t) => {
  captureLog(t);
  const { requests } = await serve(t, (_request, response) => setTimeout(() => json(response, FAULT, 500), 50));
  await predictTimes(FAILURES_TO_OPEN);
  await sleep(COOL_DOWN_MS + 50);
  await Promise.all(Array.from({ length: 30 }, () => getPrediction(7)));
  await predictTimes(30);
  assert.equal(requests.length, FAILURES_TO_OPEN + 1);
});

test("an answer between failures starts the count anew, an error of the asker's is an answer", async (t) => {
  captureLog(t);
  let count = 0;
  const { requests } = await serve(t, (_request, response) => {
    count += 1;
    json(response, FAULT, count % FAILURES_TO_OPEN === 0 ? 404 : 500);
  });
  await predictTimes(4 * FAILURES_TO_OPEN);
  assert.equal(requests.length, 4 * FAILURES_TO_OPEN);
});

test("what comes of a call from before the failures changes nothing", async (t) => {
  const log = captureLog(t);
  const { requests } = await serve(t, (_request, response) => {
    if (requests.length === 1) setTimeout(() => json(response, predictionFor(7)), 300);
    else json(response, FAULT, 500);
  });
  const early = getPrediction(7);
  await eventually(() => requests.length === 1);
  await predictTimes(FAILURES_TO_OPEN);
  assert.deepEqual(await early, predictionFor(7));
  await predictTimes(3);
  assert.deepEqual([requests.length, log.length], [FAILURES_TO_OPEN + 1, 1]);
});

test("late failures of calls from before a recovery do not count against it", (t) => {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const changes = /** @type {boolean[]} */ ([]);
  const breaker = new CircuitBreaker((isOpen) => changes.push(isOpen));
  const enter = () => /** @type {import("../src/services/ml/circuitBreaker.js").Pass} */ (breaker.enter("prediction"));
  const early = Array.from({ length: 3 * FAILURES_TO_OPEN }, enter);
  for (const pass of early.slice(FAILURES_TO_OPEN)) breaker.report(pass, "failed");
  now = COOL_DOWN_MS;
  breaker.report(enter(), "answered");
  for (const pass of early.slice(0, FAILURES_TO_OPEN)) breaker.report(pass, "failed");
  assert.deepEqual(changes, [true, false]);
});

test("refused connections open the breaker too", async (t) => {
  captureLog(t);
  const { stop, port } = await serve(t, () => {});
  await stop();
  await predictTimes(FAILURES_TO_OPEN);
  const revived = await serve(t, (_request, response) => json(response, predictionFor(7)), { port });
  await predictTimes(5);
  assert.equal(revived.connections(), 0);
});

test("while there is no model predictions are held back and a training is not", async (t) => {
  captureLog(t);
  const { requests } = await serve(t, (request, response) => {
    if (request.url === "/train") response.end('{"type": "result", "promoted": true}\n');
    else json(response, NO_MODEL, 503);
  });
  await predictTimes(FAILURES_TO_OPEN + 3);
  assert.equal((await trainModel()).ok, true);
  assert.deepEqual(
    requests.map(({ url }) => url),
    [...Array(FAILURES_TO_OPEN).fill("/predict"), "/train"],
  );
});

test("a 403 is logged once and names the setting", async (t) => {
  const log = captureLog(t);
  await serve(t, (_request, response) => json(response, { error: { code: "forbidden_host", message: "no" } }, 403));
  await predictTimes(10);
  assert.equal(log.length, 1);
  assert.match(log[0], /ALLOWED_HOSTS/);
});

test("another service at the URL is logged once", async (t) => {
  const log = captureLog(t);
  await serve(t, (_request, response) => response.end("<html>"));
  await predictTimes(10);
  assert.equal(log.length, 1);
});

for (const [name, ask, expected] of /** @type {[string, () => Promise<unknown>, unknown][]} */ ([
  ["/predict", () => getPrediction(7), predictionFor(7)],
  ["/health", () => getHealth(), { status: "ok" }],
])) {
  test(`${name} is asked a second time when the connection breaks`, async (t) => {
    const { requests } = await serve(t, (request, response) => {
      if (requests.length === 1) request.socket.destroy();
      else json(response, expected);
    });
    assert.deepEqual(await ask(), expected);
    assert.equal(requests.length, 2);
  });
}

test("nothing is asked a third time", async (t) => {
  captureLog(t);
  const { requests } = await serve(t, (request) => request.socket.destroy());
  assert.deepEqual(await getPrediction(7), NOTHING);
  assert.equal(requests.length, 2);
});

test("a 500 and a 503 are not asked again", async (t) => {
  captureLog(t);
  const { requests } = await serve(t, (_request, response) => json(response, FAULT, requests.length === 1 ? 500 : 503));
  await predictTimes(2);
  assert.equal(requests.length, 2);
});

test("calls in a row share a connection", async (t) => {
  const { connections } = await serve(t, (_request, response) => json(response, predictionFor(7)));
  for (let time = 0; time < 10; time += 1) await getPrediction(7);
  assert.equal(connections(), 1);
});

test("a connection that the service would soon close is not used again", async (t) => {
  const { requests, server, sockets } = await serve(t, (_request, response) => json(response, predictionFor(7)));
  server.keepAliveTimeout = 0;
  await getPrediction(7);
  await eventually(() => sockets.size === 0);
  assert.deepEqual(await getPrediction(7), predictionFor(7));
  assert.equal(requests.length, 2);
});

test("a connection closed at the moment of the request costs nothing", async (t) => {
  await serve(t, (request, response) => {
    json(response, predictionFor(7));
    response.on("finish", () => setTimeout(() => request.socket.destroy(), 1));
  });
  for (let time = 0; time < 200; time += 1) {
    assert.deepEqual(await getPrediction(7), predictionFor(7));
    if (time % 3 === 0) await sleep(1);
  }
});

test("with every kept connection dead a call is answered on a new one", async (t) => {
  let isRestarted = false;
  const old = new Set();
  await serve(t, (request, response) => {
    if (!isRestarted) old.add(request.socket);
    if (isRestarted && old.has(request.socket)) request.socket.destroy();
    else setTimeout(() => json(response, predictionFor(7)), 20);
  });
  await Promise.all(Array.from({ length: 20 }, () => getPrediction(7)));
  isRestarted = true;
  assert.deepEqual(await getPrediction(7), predictionFor(7));
});

test("an answer that takes longer than idle connections are kept arrives", async (t) => {
  await serve(t, (_request, response) => setTimeout(() => json(response, predictionFor(7)), 3000));
  assert.deepEqual(await getPrediction(7), predictionFor(7));
});

test("with 50 callers and a service killed again and again every answer is right or nothing", { timeout: 60_000 }, async (t) => {
  const log = captureLog(t);
  const { port, stop } = await serve(t, () => {});
  await stop();
  let isOver = false;
  const answers = { right: 0, nothing: 0 };
  const callers = Array.from({ length: 50 }, async (_none, caller) => {
    while (!isOver) {
      const answer = await getPrediction(caller);
      const kind = answer.prediction === null ? "nothing" : "right";
      assert.deepEqual(answer, kind === "nothing" ? NOTHING : predictionFor(caller));
      answers[kind] += 1;
      await sleep(5);
    }
  });
  const kills = await killAgainAndAgain(port, 4);
  isOver = true;
  await Promise.all(callers);
  assert.ok(answers.right > 0 && answers.nothing > 0, JSON.stringify(answers));
  assert.ok(log.length <= 2 * kills, `${log.length} log lines`);
});

/**
 * @param {number} port
 * @param {number} times
 */
async function killAgainAndAgain(port, times) {
  for (let time = 0; time < times; time += 1) {
    const child = fork(new URL("./mlServiceVictim.js", import.meta.url), [String(port)]);
    await once(child, "message");
    await sleep(COOL_DOWN_MS / 4 + 400 * (time % 4));
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  return times;
}
