import { settledHealth, untilReady } from "./server.js";
import { ProgressLine } from "./terminal.js";

/**
 * Trains where there is no model yet; the service goes on whatever comes of it.
 * @param {import("./server.js").RunningService} service
 */
export async function trainFirstModel({ url }) {
  const health = await settledHealth(url);
  if (health.model.status !== "missing" || health.database.status !== "ok") {
    for (const { detail } of [health.database, health.model]) if (detail) console.log(`  ${detail}`);
    return;
  }
  console.log("Training the first model ...");
  const client = await clientOf(url);
  const progress = new ProgressLine();
  const outcome = await client.trainModel({}, { onProgress: (job) => progress.show(progressText(job)) });
  progress.clear();
  if (outcome.ok) {
    await untilReady(url);
    console.log(`  ${outcome.reason}`);
  } else console.log(`  No model: ${outcome.error.message} (${outcome.error.code})`);
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
