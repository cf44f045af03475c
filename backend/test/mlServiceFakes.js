import { once } from "node:events";
import http from "node:http";

/** How much larger API-Football's ids are than the database's own. */
export const API_IDS_FROM = 1_200_000;

/** A prediction in the contract's form. */
export function predictionFor(/** @type {number} */ fixtureId, changes = {}) {
  return {
    fixture_id: fixtureId,
    match: {
      api_id: API_IDS_FROM + fixtureId,
      league_id: 1,
      league: "L",
      country: "C",
      home_team_id: 1,
      home_team: "A",
      away_team_id: 2,
      away_team: "B",
      date: "2024-05-01T15:00:00Z",
    },
    prediction: { "1x2": { home: 0.5, draw: 0.3, away: 0.2 }, ou25: { over: 0.6, under: 0.4 }, btts: { yes: 0.55, no: 0.45 } },
    basis: { "1x2": "with_odds", ou25: "without_odds", btts: "without_odds" },
    odds: { "1x2": { home: 2.1, draw: 3.4, away: 3.6 }, ou25: null, btts: null },
    odds_source: { "1x2": { from: "database", bookmaker_id: 8, captured_at: "2024-04-30T15:00:00Z" }, ou25: null, btts: null },
    edge: { "1x2": { home: 0.05, draw: -0.03, away: -0.02 }, ou25: null, btts: null },
    value_bets: [],
    explanation: null,
    warnings: [],
    model_id: "20240501T000000Z",
    data_as_of: "2024-04-30T20:00:00Z",
    ...changes,
  };
}

export const NOTHING = { prediction: null, edge: null };

export const JOB = {
  job_id: "j1",
  kind: "train",
  status: "running",
  stage: "features",
  progress: 0.4,
  started_at: "2024-05-01T00:00:00Z",
  finished_at: null,
  eta_seconds: 3,
  error: null,
};

/**
 * A real HTTP server to which ML_SERVICE_URL points until the test ends.
 * @param {import("node:test").TestContext} t
 * @param {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse, body: any) => void} answer
 * @param {{ host?: string, port?: number, urlHost?: string }} [where]
 */
export async function serve(t, answer, { host = "127.0.0.1", port = 0, urlHost = "127.0.0.1" } = {}) {
  /** @type {{ method?: string, url?: string, headers: import("node:http").IncomingHttpHeaders, body: any }[]} */
  const requests = [];
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  const server = http.createServer(async (request, response) => {
    response.on("error", () => response.destroy());
    const body = await readJson(request);
    requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(request, response, body);
  });
  let connections = 0;
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, "listening");
  const bound = /** @type {import("node:net").AddressInfo} */ (server.address()).port;
  process.env.ML_SERVICE_URL = `http://${urlHost}:${bound}`;
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      for (const socket of sockets) socket.destroy();
    });
  t.after(stop);
  return { server, requests, sockets, port: bound, stop, connections: () => connections };
}

/** @param {import("node:http").IncomingMessage} request */
async function readJson(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  return text ? JSON.parse(text) : undefined;
}

/**
 * @param {import("node:http").ServerResponse} response
 * @param {unknown} value
 * @param {number} [status]
 */
export function json(response, value, status = 200) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(value));
}

/** Everything that a test makes the client log. */
export function captureLog(/** @type {import("node:test").TestContext} */ t) {
  /** @type {string[]} */
  const lines = [];
  t.mock.method(console, "warn", (/** @type {string} */ line) => lines.push(line));
  t.mock.method(console, "info", (/** @type {string} */ line) => lines.push(line));
  return lines;
}

/** @param {number} milliseconds */
export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * @param {() => boolean} isTrue
 * @param {number} [withinMs]
 */
export async function eventually(isTrue, withinMs = 10_000) {
  const end = performance.now() + withinMs;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error("it did not come true in time");
    await sleep(20);
  }
}
