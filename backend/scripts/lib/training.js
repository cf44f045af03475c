import fs from "node:fs";
import path from "node:path";
import { wasInterrupted } from "./children.js";
import { Interrupted } from "./errors.js";
import { VENV } from "./layout.js";
import { untilReady } from "./server.js";

/**
 * @typedef {import("./server.js").Health} Health
 * @typedef {import("../../src/services/mlService.js").Job} Job
 */

/** @param {Health} health */
export function isUsable({ database, model }) {
  return database.status === "ok" && model.status === "ok";
}

/**
 * Whether no model serves: there is none, or none that this version can read, as after an upgrade.
 * @param {Health} health
 */
export function isUntrained({ database, model }) {
  return database.status === "ok" && model.status !== "ok" && model.model_id === null;
}

/** So many matches or fewer are trained on in some seconds. */
const SOON = 6000;
const FIRST_DAYS = 500;
const SHOW_EVERY_MS = 5000;
const POLL_MS = 500;

/** Names the model that was trained on a part of the matches, so that the next start goes on where this one was ended. */
const PARTIAL = path.join(VENV, ".partial-model");

/**
 * Trains the first model: on the newest matches where there are many, so that there is a prediction soon.
 * @param {string} url
 * @param {Health} health
 * @param {import("./terminal.js").Say} report
 * @returns {Promise<{ isThere: boolean, text: string }>} whether there is a model now, and what to tell of it
 */
export async function trainFirstModel(url, health, report) {
  const client = await clientOf(url);
  const onProgress = (/** @type {Job} */ job) => report(progressText(job));
  const from = firstDay(health);
  const partial = from === null ? null : await client.trainModel({ from }, { onProgress });
  if (partial?.ok && partial.promoted) {
    fs.writeFileSync(PARTIAL, partial.model.model_id);
    await untilReady(url);
    return { isThere: true, text: `trained on the matches since ${from}` };
  }
  if (wasInterrupted()) throw new Interrupted();
  const whole = await client.trainModel({}, { onProgress });
  if (whole.ok) await untilReady(url);
  return { isThere: whole.ok, text: whole.ok ? whole.reason : `none: ${whole.error.message} (${whole.error.code})` };
}

/**
 * @param {Health} health
 * @returns {string | null} from when on to train first, null where all matches do not take long
 */
function firstDay({ database }) {
  if ((database.fixtures ?? 0) <= SOON || !database.latest_result) return null;
  return new Date(Date.parse(database.latest_result) - FIRST_DAYS * 86_400_000).toISOString().slice(0, 10);
}

/**
 * Trains on all matches where the model that serves knows only the newest. The service goes on whatever comes of it.
 * @param {string} url
 * @param {string} modelFolder
 */
export async function trainWhole(url, modelFolder) {
  const client = await clientOf(url);
  const partial = (await client.getHealth())?.model.model_id;
  if (!partial || !fs.existsSync(PARTIAL) || fs.readFileSync(PARTIAL, "utf8") !== partial) return;
  console.log("\nTraining on all matches meanwhile ...");
  // Followed from time to time, not streamed: Ctrl-C then breaks off no answer.
  await fetch(`${url}/train`, { method: "POST" });
  const job = await endOf(client);
  if (job === null) return;
  if (job.status === "succeeded") fs.rmSync(PARTIAL, { force: true });
  const current = currentModel(modelFolder);
  const outcome = current === partial ? "no better, the first model stays" : `model ${current} serves now`;
  console.log(`  ${job.error ? `not done: ${job.error.message} (${job.error.code})` : outcome}`);
}

/**
 * @param {string} modelFolder
 * @returns {string | undefined} the id of the model that was promoted last; the service loads it within a second or so
 */
function currentModel(modelFolder) {
  const file = path.join(modelFolder, "current.json");
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")).model_id : undefined;
}

/**
 * Shows how far a training is until it ends.
 * @param {typeof import("../../src/services/mlService.js")} client
 * @returns {Promise<Job | null>} the job, null where the service ends before it
 */
async function endOf(client) {
  for (let shownAt = Date.now(); ; await pause()) {
    const job = wasInterrupted() ? null : ((await client.getHealth())?.training ?? null);
    if (job?.status !== "running") return job;
    if (Date.now() - shownAt < SHOW_EVERY_MS) continue;
    shownAt = Date.now();
    console.log(`  ${progressText(job)}`);
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));

/**
 * The Node client, once its packages are installed.
 * @param {string} url
 */
export async function clientOf(url) {
  process.env.ML_SERVICE_URL = url;
  return import("../../src/services/mlService.js");
}

/** @param {Job} job */
export function progressText({ stage, progress, eta_seconds: eta }) {
  const left = eta === null ? "" : `, about ${Math.ceil(eta)} s left`;
  return `${String(Math.round(100 * progress)).padStart(3)}% ${stage}${left}`;
}
