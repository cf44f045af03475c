import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import test from "node:test";
import { FAILURES_TO_OPEN } from "../src/services/ml/circuitBreaker.js";
import { getCurrentModel, getHealth, getPrediction, getPredictions } from "../src/services/mlService.js";
import { API_IDS_FROM, captureLog, eventually, json, NOTHING, predictionFor, serve } from "./mlServiceFakes.js";

const ERROR = { error: { code: "fixture_not_found", message: "No fixture 7", hint: null, fields: null, request_id: "r" } };

/** An http client error in a test would hide behind the fallback: nothing here may be raised outside a call. */
process.on("uncaughtException", (error) => {
  throw error;
});

test("a prediction comes back as the service gave it", async (t) => {
  const { requests } = await serve(t, (_request, response) => json(response, predictionFor(7)));
  const odds = { "1x2": { home: 2, draw: 3, away: 4 } };
  assert.deepEqual(await getPrediction(7, { explain: true, odds, useOdds: false }), predictionFor(7));
  assert.equal(requests[0].url, "/predict");
  assert.deepEqual(requests[0].body, { fixture_id: 7, explain: true, odds, use_odds: false });
});

test("an option that is not given is not sent", async (t) => {
  const { requests } = await serve(t, (_request, response) => json(response, predictionFor(7)));
  await getPrediction(7);
  assert.deepEqual(requests[0].body, { fixture_id: 7 });
});

/** @type {[string, (request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => void][]} */
const faults = [
  ["a status 500", (_request, response) => json(response, { error: { code: "internal_error", message: "no" } }, 500)],
  ["a status 404", (_request, response) => json(response, ERROR, 404)],
  ["a prediction under status 404", (_request, response) => json(response, predictionFor(7), 404)],
  ["a redirect", (_request, response) => response.writeHead(307, { Location: "/predict" }).end()],
  ["an empty answer", (_request, response) => response.writeHead(200).end()],
  ["HTML", (_request, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<html>hello</html>")],
  ["JSON that stops half-way", (_request, response) => response.end(JSON.stringify(predictionFor(7)).slice(0, 200))],
  ["JSON null", (_request, response) => json(response, null)],
  ["a JSON list", (_request, response) => json(response, [predictionFor(7)])],
  ["another fixture's prediction", (_request, response) => json(response, predictionFor(8))],
  ["a prediction for no fixture", (_request, response) => json(response, predictionFor(7, { fixture_id: null }))],
  ["a prediction that names no fixture", (_request, response) => json(response, predictionFor(7, { fixture_id: undefined }))],
  ["a reset before the answer", (request) => request.socket.destroy()],
  [
    "a reset half-way",
    (request, response) => {
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": 5000 });
      response.write('{"fixture_id": 7,', () => request.socket.resetAndDestroy());
    },
  ],
  [
    "an answer without end",
    (_request, response) => {
      const pump = () => response.write("[".repeat(65536)) && setImmediate(pump);
      response.on("drain", pump).writeHead(200, { "Content-Type": "application/json" });
      pump();
    },
  ],
  [
    "a compressed answer that nobody asked for",
    (_request, response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end(Buffer.alloc(100, 1)),
  ],
];

for (const [fault, answer] of faults) {
  test(`${fault} gives no prediction`, async (t) => {
    captureLog(t);
    await serve(t, answer);
    assert.deepEqual(await getPrediction(7), NOTHING);
  });
}

const market = predictionFor(7).prediction;
/** @type {[string, unknown][]} */
const wrongAnswers = [
  ["probabilities that do not sum to one", { prediction: { ...market, "1x2": { home: 0.5, draw: 0.3, away: 0.3 } } }],
  ["probabilities off by 0.000003", { prediction: { ...market, ou25: { over: 0.600003, under: 0.4 } } }],
  ["a negative probability", { prediction: { ...market, "1x2": { home: 1.1, draw: 0.1, away: -0.2 } } }],
  ["a probability as text", { prediction: { ...market, ou25: { over: "0.6", under: 0.4 } } }],
  ["a missing outcome", { prediction: { ...market, "1x2": { home: 0.5, draw: 0.5 } } }],
  ["an unknown outcome", { prediction: { ...market, btts: { yes: 0.5, no: 0.5, maybe: 0 } } }],
  ["a missing market", { prediction: { "1x2": market["1x2"], ou25: market.ou25 } }],
  ["a market that is null", { prediction: { ...market, ou25: null } }],
  ["no probabilities", { prediction: null }],
  ["an edge above one", { edge: { "1x2": { home: 1.2, draw: 0, away: 0 }, ou25: null, btts: null } }],
  ["an edge without its markets", { edge: {} }],
];

for (const [fault, changes] of wrongAnswers) {
  test(`${fault} is no prediction`, async (t) => {
    captureLog(t);
    await serve(t, (_request, response) => json(response, predictionFor(7, /** @type {object} */ (changes))));
    assert.deepEqual(await getPrediction(7), NOTHING);
  });
}

test("probabilities rounded to six places are a prediction", async (t) => {
  const rounded = predictionFor(7, { prediction: { ...market, "1x2": { home: 0.333334, draw: 0.333334, away: 0.333333 } } });
  await serve(t, (_request, response) => json(response, rounded));
  assert.deepEqual(await getPrediction(7), rounded);
});

test("a number too large for a double is no probability", async (t) => {
  const text = JSON.stringify(predictionFor(7)).replace('"home":0.5', '"home":1e400');
  await serve(t, (_request, response) => response.end(text));
  assert.deepEqual(await getPrediction(7), NOTHING);
});

test("a prediction without an edge keeps its null", async (t) => {
  await serve(t, (_request, response) => json(response, predictionFor(7, { edge: null })));
  assert.deepEqual(await getPrediction(7), predictionFor(7, { edge: null }));
});

test("where nobody listens every function answers nothing", async (t) => {
  captureLog(t);
  const { stop } = await serve(t, () => {});
  await stop();
  assert.deepEqual(await getPrediction(7), NOTHING);
  assert.deepEqual(await getPredictions([7]), new Map([[7, NOTHING]]));
  assert.equal(await getHealth(), null);
  assert.equal(await getCurrentModel(), null);
});

test("a server that does not speak HTTP gives no prediction", async (t) => {
  captureLog(t);
  const server = net.createServer((socket) => socket.on("error", () => socket.destroy()).write("220 mail.example ESMTP\r\n"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  process.env.ML_SERVICE_URL = `http://127.0.0.1:${/** @type {net.AddressInfo} */ (server.address()).port}`;
  assert.deepEqual(await getPrediction(7), NOTHING);
});

test("a service that hangs is left after the documented time, and its socket closed", async (t) => {
  captureLog(t);
  const { sockets } = await serve(t, () => {});
  assert.deepEqual(await Promise.all([getPrediction(7), getHealth(), getCurrentModel()]), [NOTHING, null, null]);
  await eventually(() => sockets.size === 0);
});

test("a service that drips its answer is left after the documented time", async (t) => {
  captureLog(t);
  const { sockets } = await serve(t, (_request, response) => {
    const timer = setInterval(() => response.write(" "), 100);
    response.on("close", () => clearInterval(timer));
  });
  assert.equal(await getHealth(), null);
  await eventually(() => sockets.size === 0);
});

for (const url of ["nonsense", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http://127.0.0.1:99999"]) {
  test(`with ML_SERVICE_URL ${JSON.stringify(url)} there is no prediction and one log line`, async (t) => {
    const log = captureLog(t);
    process.env.ML_SERVICE_URL = url;
    assert.deepEqual(await getPrediction(7), NOTHING);
    assert.deepEqual(await getPrediction(7), NOTHING);
    assert.equal(log.length, 1);
    assert.match(log[0], /ML_SERVICE_URL/);
  });
}

for (const url of ["ftp://user:se@cret@host", "user:secret@host:5050", "http://user:secret@host:99999", "http://user:secret@127.0.0.1:1"]) {
  test(`what is logged of ${url} has no password`, async (t) => {
    const log = captureLog(t);
    process.env.ML_SERVICE_URL = url;
    for (let time = 0; time < FAILURES_TO_OPEN; time += 1) await getPrediction(7);
    assert.equal(log.length, 1);
    assert.match(log[0], /host|127\.0\.0\.1:1/);
    assert.doesNotMatch(log[0], /user|cret/);
  });
}

test("a name and a password in ML_SERVICE_URL are sent", async (t) => {
  const { requests } = await serve(t, (_request, response) => json(response, predictionFor(7)));
  process.env.ML_SERVICE_URL = process.env.ML_SERVICE_URL?.replace("//", "//user:secret@");
  assert.deepEqual(await getPrediction(7), predictionFor(7));
  assert.equal(requests[0].headers.authorization, `Basic ${Buffer.from("user:secret").toString("base64")}`);
});

test("ML_SERVICE_URL may end with a slash and have a path", async (t) => {
  const { requests } = await serve(t, (_request, response) => json(response, predictionFor(7)));
  process.env.ML_SERVICE_URL += "/ml/";
  assert.notDeepEqual(await getPrediction(7), NOTHING);
  assert.equal(requests[0].url, "/ml/predict");
});

test("ML_SERVICE_URL is read at each call", async (t) => {
  const first = await serve(t, (_request, response) => json(response, predictionFor(7)));
  await getPrediction(7);
  const second = await serve(t, (_request, response) => json(response, predictionFor(7)));
  await getPrediction(7);
  assert.deepEqual([first.requests.length, second.requests.length], [1, 1]);
});

test("a proxy of the environment is not asked", async (t) => {
  t.after(() => delete process.env.http_proxy);
  process.env.http_proxy = "http://127.0.0.1:1";
  await serve(t, (_request, response) => json(response, predictionFor(7)));
  assert.notDeepEqual(await getPrediction(7), NOTHING);
});

test("localhost finds a service that listens on 127.0.0.1 only", async (t) => {
  await serve(t, (_request, response) => json(response, predictionFor(7)), { urlHost: "localhost" });
  assert.notDeepEqual(await getPrediction(7), NOTHING);
});

const circular = {};
Object.assign(circular, { circular });
const weirdIds = [0, -0, -7, null, undefined, "", " 7", "-7", "7.0", "0x7", "٧", "abc", "9".repeat(20), NaN, Infinity, 1.5, 1e20, 7n, {}, [], [7], true, Symbol("7")];
const weirdOptions = [null, 7, "text", [], { odds: circular }, { odds: 7n }, { explain: () => {} }];
const throwing = {
  get explain() {
    throw new Error("a getter that throws");
  },
};

test("a fixture id that is no positive integer is not sent, gives no prediction and is logged once", async (t) => {
  for (const id of weirdIds) {
    const log = captureLog(t);
    const { requests } = await serve(t, (_request, response) => json(response, predictionFor(7)));
    for (let time = 0; time < 2; time += 1) assert.deepEqual(await getPrediction(/** @type {any} */ (id)), NOTHING);
    assert.equal(requests.length, 0);
    assert.equal(log.length, 1);
    assert.match(log[0], /no fixture can have .+ as its id: wanted a positive integer or its digits/);
    t.mock.restoreAll();
  }
});

test("a string of digits is asked for as its number", async (t) => {
  const { requests } = await serve(t, (_request, response) => json(response, predictionFor(9640)));
  assert.deepEqual(await getPrediction("9640"), predictionFor(9640));
  assert.deepEqual(requests[0].body, { fixture_id: 9640 });
});

test("an id of API-Football is asked for as one", async (t) => {
  const { requests } = await serve(t, (_request, response) => json(response, predictionFor(7)));
  for (const id of [API_IDS_FROM + 7, `${API_IDS_FROM + 7}`]) {
    assert.deepEqual(await getPrediction(id, { idType: "api", explain: true }), predictionFor(7));
  }
  assert.deepEqual(requests[0].body, { api_id: API_IDS_FROM + 7, explain: true });
  assert.deepEqual(await getPrediction(7, { idType: "api" }), NOTHING);
  assert.deepEqual(await getPrediction(API_IDS_FROM + 7, { idType: "fixture" }), NOTHING);
});

const lyingType = {
  get idType() {
    throw new Error("a getter that throws");
  },
};

test("an idType that there is not gives no prediction and is logged once", async (t) => {
  for (const options of [{ idType: "league" }, { idType: 7 }, { idType: Symbol("api") }, lyingType]) {
    const log = captureLog(t);
    const { requests } = await serve(t, (_request, response) => json(response, predictionFor(7)));
    assert.deepEqual(await getPrediction(7, /** @type {any} */ (options)), NOTHING);
    assert.deepEqual(await getPredictions([7], /** @type {any} */ (options)), new Map([[7, NOTHING]]));
    assert.equal(requests.length, 0);
    assert.equal(log.length, 1);
    assert.match(log[0], /wanted "fixture" or "api"/);
    t.mock.restoreAll();
  }
});

const OTHER_TYPE = "1209640 is the api_id of fixture 9640; ask with api_id";

test("an id of the other type is logged once, in the service's words", async (t) => {
  const log = captureLog(t);
  const error = { ...ERROR.error, hint: OTHER_TYPE };
  await serve(t, (_request, response, body) => {
    if (body.fixture_id) return json(response, { error }, 404);
    json(response, { predictions: [], errors: [{ fixture_id: 1209640, api_id: null, error }], model_id: "m" });
  });
  assert.deepEqual(await getPrediction(1209640), NOTHING);
  assert.deepEqual(await getPredictions([1209640]), new Map([[1209640, NOTHING]]));
  assert.equal(log.length, 1);
  assert.ok(log[0].endsWith(OTHER_TYPE));
});

test("an id of the other type is logged from a list too", async (t) => {
  const log = captureLog(t);
  const error = { ...ERROR.error, hint: "9640 is a fixture_id; ask with fixture_id" };
  await serve(t, (_request, response) =>
    json(response, { predictions: [], errors: [null, { fixture_id: null, api_id: 9640, error }], model_id: "m" }),
  );
  await getPredictions([9640], { idType: "api" });
  assert.deepEqual(log.length, 1);
});

test("a fixture that is simply not there is not logged", async (t) => {
  const log = captureLog(t);
  await serve(t, (_request, response) => json(response, { error: { ...ERROR.error, hint: "npm run db:fixtures lists them" } }, 404));
  await getPrediction(7);
  assert.deepEqual(log, []);
});

test("options that make no sense never throw", async (t) => {
  await serve(t, (_request, response) => json(response, predictionFor(7)));
  for (const options of [...weirdOptions, throwing]) {
    const answer = await getPrediction(7, /** @type {any} */ (options));
    assert.ok("prediction" in answer && "edge" in answer);
  }
});

test("prices that JSON cannot write are not left out: there is no prediction", async (t) => {
  const { requests } = await serve(t, (_request, response) => json(response, predictionFor(7)));
  const lost = [NaN, Infinity, Symbol("2.1"), () => 2.1];
  for (const value of lost) {
    for (const odds of [value, { "1x2": value }, { "1x2": { home: value, draw: 3, away: 4 } }])
      assert.deepEqual(await getPrediction(7, /** @type {any} */ ({ odds })), NOTHING);
  }
  assert.equal(requests.length, 0);
});

test("a list that is none gives an empty map", async (t) => {
  await serve(t, (_request, response) => json(response, { predictions: [], errors: [], model_id: "m" }));
  const brokenList = {
    [Symbol.iterator]() {
      throw new Error("a list that throws");
    },
  };
  for (const ids of [null, undefined, 7, "7", {}, brokenList, []]) {
    assert.deepEqual(await getPredictions(/** @type {any} */ (ids)), new Map());
  }
});

/** @param {{ fixture_ids: number[] }} body */
const batchOf = ({ fixture_ids: ids }) => ({ predictions: ids.map((id) => predictionFor(id)), errors: [], model_id: "m" });

test("any number of fixtures is asked for a thousand at a time, duplicates once", async (t) => {
  const { requests } = await serve(t, (_request, response, body) => json(response, batchOf(body)));
  const ids = Array.from({ length: 2500 }, (_none, index) => 2500 - index);
  const predictions = await getPredictions([...ids, ...ids]);
  assert.deepEqual([...predictions.keys()], ids);
  assert.deepEqual(predictions.get(17), predictionFor(17));
  assert.deepEqual(
    requests.map(({ body }) => body.fixture_ids.length),
    [1000, 1000, 500],
  );
});

test("ids keep the form that they were asked for in, and are sent once", async (t) => {
  const { requests } = await serve(t, (_request, response, body) => json(response, batchOf(body)));
  const predictions = await getPredictions([9640, "9640", "09640", "12"]);
  assert.deepEqual(
    [...predictions],
    [
      [9640, predictionFor(9640)],
      ["9640", predictionFor(9640)],
      ["09640", predictionFor(9640)],
      ["12", predictionFor(12)],
    ],
  );
  assert.deepEqual(requests[0].body, { fixture_ids: [9640, 12] });
});

test("fixtures are asked for by API-Football's ids a thousand at a time", async (t) => {
  const { requests } = await serve(t, (_request, response, body) => {
    const predictions = body.api_ids.map((/** @type {number} */ id) => predictionFor(id - API_IDS_FROM));
    json(response, { predictions, errors: [], model_id: "m" });
  });
  const ids = Array.from({ length: 1001 }, (_none, place) => `${API_IDS_FROM + 1 + place}`);
  const predictions = await getPredictions(ids, { idType: "api" });
  assert.deepEqual([...predictions.keys()], ids);
  assert.deepEqual(predictions.get(ids[1000]), predictionFor(1001));
  assert.deepEqual(
    requests.map(({ body }) => body.api_ids.length),
    [1000, 1],
  );
});

test("a fixture that failed, or came back wrong, has nothing beside those that did not", async (t) => {
  captureLog(t);
  await serve(t, (_request, response) => {
    const wrong = predictionFor(2, { prediction: { ...market, btts: { yes: 0.9, no: 0.9 } } });
    json(response, {
      predictions: [predictionFor(1), wrong, predictionFor(99), null],
      errors: [{ fixture_id: 3, ...ERROR }],
      model_id: "m",
    });
  });
  const expected = new Map([1, 2, 3].map((id) => [id, id === 1 ? predictionFor(1) : NOTHING]));
  assert.deepEqual(await getPredictions(new Set([1, 2, 3])), expected);
});

test("a chunk that fails leaves the others their predictions", async (t) => {
  captureLog(t);
  await serve(t, (_request, response, body) => {
    if (body.fixture_ids.includes(1)) json(response, ERROR, 500);
    else json(response, batchOf(body));
  });
  const predictions = await getPredictions(Array.from({ length: 1500 }, (_none, index) => index));
  assert.deepEqual([predictions.get(5), predictions.get(1200)], [NOTHING, predictionFor(1200)]);
});

test("ids that are no positive integers keep their place in the map and are not sent", async (t) => {
  captureLog(t);
  const { requests } = await serve(t, (_request, response, body) => json(response, batchOf(body)));
  const ids = ["x", 0, 5, -7, null];
  const predictions = await getPredictions(/** @type {any} */ (ids));
  assert.deepEqual(
    [...predictions],
    ids.map((id) => [id, id === 5 ? predictionFor(5) : NOTHING]),
  );
  assert.deepEqual(requests[0].body.fixture_ids, [5]);
});

test("health and model come back as the service gave them", async (t) => {
  const bodies = { "/health": { status: "degraded", ready: false }, "/model/current": { model_id: "m", markets: [] } };
  await serve(t, (request, response) => json(response, bodies[/** @type {keyof bodies} */ (request.url)]));
  assert.deepEqual(await getHealth(), bodies["/health"]);
  assert.deepEqual(await getCurrentModel(), bodies["/model/current"]);
});

test("health and model of another service are null", async (t) => {
  captureLog(t);
  await serve(t, (_request, response) => json(response, { status: "UP" }));
  assert.deepEqual([await getHealth(), await getCurrentModel()], [null, null]);
});

test("an answer of an error is null for health and model", async (t) => {
  captureLog(t);
  await serve(t, (_request, response) => json(response, { error: { code: "model_not_trained", message: "no model" } }, 404));
  assert.deepEqual([await getHealth(), await getCurrentModel()], [null, null]);
});
