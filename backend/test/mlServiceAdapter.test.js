import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { captureLog, JOB, json, predictionFor, serve } from "./mlServiceFakes.js";

const README = new URL("../../README.ml.md", import.meta.url);
const CLIENT = new URL("../src/services/mlService.js", import.meta.url);
const ADAPTER = "services/v3/mlService.js";
const UNKNOWN = { home: null, draw: null, away: null };
const FEATURES = Array.from({ length: 7 }, (_none, place) => ({
  feature: `feature ${place}`,
  value: place,
  impact: { home: 0.1, draw: 0, away: -0.1 },
}));

/** The adapter of README.ml.md as an application has it: beside a client one folder up. */
async function adapter(/** @type {import("node:test").TestContext} */ t) {
  const block = fs
    .readFileSync(README, "utf8")
    .split(/^```js\r?\n/m)
    .map((rest) => rest.split(/^```/m)[0])
    .find((code) => code.includes(ADAPTER));
  assert.ok(block, "README.ml.md has no adapter");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "adapter-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, ADAPTER);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  fs.writeFileSync(path.join(folder, "services/mlService.js"), `export * from ${JSON.stringify(CLIENT.href)};`);
  fs.writeFileSync(file, block);
  return (await import(pathToFileURL(file).href)).default;
}

/** A prediction for the fixture that API-Football calls `apiId`. */
function predictionOf(/** @type {number} */ apiId, changes = {}) {
  const prediction = predictionFor(7, changes);
  return { ...prediction, match: { ...prediction.match, api_id: apiId } };
}

/** @param {any} answer */
function withoutLatency({ latency, ...rest }) {
  assert.ok(Number.isInteger(latency) && latency >= 0);
  return rest;
}

test("the adapter answers a fixture of API-Football in the application's shape", async (t) => {
  const { requests } = await serve(t, (_request, response) => json(response, predictionOf(1209640, { explanation: FEATURES })));
  const mlService = await adapter(t);
  assert.deepEqual(withoutLatency(await mlService.getPredictionForFixture("1209640")), {
    success: true,
    fixture_id: 1209640,
    probabilities: { home: 0.5, draw: 0.3, away: 0.2 },
    top_features: FEATURES.slice(0, 5),
    model_version: "20240501T000000Z",
  });
  assert.deepEqual(requests[0].body, { api_id: 1209640, explain: true });
});

test("the adapter invents no probability without the service", async (t) => {
  captureLog(t);
  const { stop } = await serve(t, () => {});
  await stop();
  const mlService = await adapter(t);
  const nothing = { success: false, probabilities: UNKNOWN, top_features: [], model_version: null };
  assert.deepEqual(withoutLatency(await mlService.getPredictionForFixture(1209640)), { ...nothing, fixture_id: 1209640 });
  assert.deepEqual((await mlService.getBatchPredictions([5])).map(withoutLatency), [{ ...nothing, fixture_id: 5 }]);
  assert.deepEqual(await mlService.getTrainingStatus(), { success: false });
  assert.equal((await mlService.triggerRetraining()).success, false);
});

test("the adapter answers a batch in the order asked", async (t) => {
  const { requests } = await serve(t, (_request, response) =>
    json(response, { predictions: [predictionOf(1209641)], errors: [], model_id: "m" }),
  );
  const answers = await (await adapter(t)).getBatchPredictions([1209640, 1209641]);
  assert.deepEqual(
    answers.map((/** @type {any} */ { fixture_id: id, success, probabilities }) => ({ id, success, probabilities })),
    [
      { id: 1209640, success: false, probabilities: UNKNOWN },
      { id: 1209641, success: true, probabilities: { home: 0.5, draw: 0.3, away: 0.2 } },
    ],
  );
  assert.deepEqual(requests[0].body, { api_ids: [1209640, 1209641] });
});

test("the adapter's retraining answers when it has begun, and its status follows it", async (t) => {
  await serve(t, (request, response) => {
    if (request.url === "/health") return json(response, { status: "ok", training: JOB });
    response.writeHead(200, { "Content-Type": "application/x-ndjson" });
    response.write(`${JSON.stringify({ type: "progress", job: JOB })}\n`);
  });
  const mlService = await adapter(t);
  assert.deepEqual(await mlService.triggerRetraining(), { success: true, job: JOB });
  assert.deepEqual(await mlService.getTrainingStatus(), { success: true, ...JOB });
});

test("the adapter says why a retraining does not begin", async (t) => {
  const error = { code: "training_in_progress", message: "a training is already running" };
  await serve(t, (_request, response) => json(response, { error }, 409));
  assert.deepEqual(await (await adapter(t)).triggerRetraining(), { ok: false, success: false, error });
});
