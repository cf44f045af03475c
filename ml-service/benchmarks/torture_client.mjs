/**
 * Calls the Node client from many callers for a while, whatever happens to the service; prints what came of it.
 * Arguments: port, seconds, callers, fixture id.
 */
import { getHealth, getPrediction, getPredictions } from "../../backend/src/services/mlService.js";

const [port, seconds, callers, fixtureId] = process.argv.slice(2).map(Number);
process.env.ML_SERVICE_URL = `http://localhost:${port}`;
const LATE_MS = { one: 5_500, many: 30_500, health: 2_500 };

const figures = { calls: 0, predicted: 0, nothing: 0, throws: 0, invented: 0, late: 0, unhandled: 0, longest: 0 };
process.on("unhandledRejection", () => (figures.unhandled += 1));
process.on("uncaughtException", () => (figures.unhandled += 1));

const sumsToOne = (market) => Math.abs(Object.values(market).reduce((sum, p) => sum + p, 0) - 1) < 1e-6;

function note(answer) {
  const isNothing = answer.prediction === null && answer.edge === null && Object.keys(answer).length === 2;
  const isWhole = answer.fixture_id === fixtureId && Object.values(answer.prediction ?? { none: {} }).every(sumsToOne);
  if (isNothing) figures.nothing += 1;
  else if (isWhole) figures.predicted += 1;
  else figures.invented += 1;
}

async function timed(limit, call) {
  const started = performance.now();
  figures.calls += 1;
  try {
    return await call();
  } catch {
    figures.throws += 1;
    return null;
  } finally {
    const took = performance.now() - started;
    figures.longest = Math.max(figures.longest, took);
    if (took > limit) figures.late += 1;
  }
}

async function callOn(end) {
  while (performance.now() < end) {
    const one = await timed(LATE_MS.one, () => getPrediction(fixtureId));
    if (one !== null) note(one);
    const many = await timed(LATE_MS.many, () => getPredictions([fixtureId, fixtureId]));
    if (many !== null) note(many.get(fixtureId));
    await timed(LATE_MS.health, getHealth);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const end = performance.now() + seconds * 1000;
await Promise.all(Array.from({ length: callers }, () => callOn(end)));

const patience = performance.now() + 45_000;
let recovered = false;
while (!recovered && performance.now() < patience) {
  recovered = (await getPrediction(fixtureId)).prediction !== null;
  await new Promise((resolve) => setTimeout(resolve, 250));
}
await new Promise((resolve) => setTimeout(resolve, 7_000));
const sockets = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap" || name === "TCPWRAP").length;
console.log(JSON.stringify({ ...figures, recovered, sockets }));
