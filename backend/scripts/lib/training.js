import { untilReady } from "./server.js";
import { ProgressLine } from "./terminal.js";

/** @typedef {import("./server.js").Health} Health */

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

/**
 * Trains and shows how far it is; the service goes on whatever comes of it.
 * @param {string} url
 * @returns {Promise<boolean>} whether there is a model now
 */
export async function trainFirstModel(url) {
  console.log("Training a model ...");
  const client = await clientOf(url);
  const progress = new ProgressLine();
  const outcome = await client.trainModel({}, { onProgress: (job) => progress.show(progressText(job)) });
  progress.clear();
  console.log(outcome.ok ? `  ${outcome.reason}` : `  No model: ${outcome.error.message} (${outcome.error.code})`);
  if (outcome.ok) await untilReady(url);
  return outcome.ok;
}

/**
 * The Node client, once its packages are installed.
 * @param {string} url
 */
export async function clientOf(url) {
  process.env.ML_SERVICE_URL = url;
  return import("../../src/services/mlService.js");
}

/** @param {import("../../src/services/mlService.js").Job} job */
export function progressText({ stage, progress, eta_seconds: eta }) {
  const left = eta === null ? "" : `, about ${Math.ceil(eta)} s left`;
  return `${String(Math.round(100 * progress)).padStart(3)}% ${stage}${left}`;
}
