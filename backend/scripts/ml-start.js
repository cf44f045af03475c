/** From a fresh clone to a service that predicts: `npm run ml:start`. Node's own modules only, until npm has run. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { wasInterrupted } from "./lib/children.js";
import { ensureDatabase, nextFixture } from "./lib/demoDatabase.js";
import { runScript, SetupError } from "./lib/errors.js";
import { installNode, installPython } from "./lib/install.js";
import { fromRoot } from "./lib/layout.js";
import { checkPort, settledHealth, startService } from "./lib/server.js";
import { readSettings } from "./lib/settings.js";
import { everyOne, Steps } from "./lib/terminal.js";
import { clientOf, isUntrained, isUsable, trainFirstModel, trainWhole } from "./lib/training.js";
import { tryOut } from "./lib/tryOut.js";
import { ensureFastServer } from "./lib/venv.js";

const HELP = `npm run ml:start -- [--port PORT] [--no-train]

Installs what is missing, creates the demo database if there is none, starts the ML service, trains a model if there
is none, on the newest matches first and then on all, and serves until Ctrl-C.

  --port PORT  listen there (default: PORT of the environment or ml-service/.env, else 5050)
  --no-train   serve without training, even where there is no model
  --help       show this`;

/** What a start may take long for, once: seconds into it people wonder. */
const PATIENCE = "reading all matches, and after an upgrade compiling the pass over them, takes up to a minute once";
const PATIENCE_MS = 5000;

const steps = new Steps();

await runScript(main);

async function main() {
  const options = readOptions();
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const settings = readSettings(options.port);
  await checkPort(settings);
  await prepare(settings);
  const service = await steps.run(
    "Service",
    () => startService(settings),
    ({ url }) => `answers at ${url}`,
  );
  await guide(service, settings, !options["no-train"]);
  const { code } = await service.ended;
  if (wasInterrupted()) return 0;
  throw new SetupError(`The service ended by itself (exit code ${code}); what it said is above.`);
}

/**
 * Trains and shows what can be asked, as long as the service is there.
 * @param {import("./lib/server.js").RunningService} service
 * @param {import("./lib/settings.js").Settings} settings
 * @param {boolean} mayTrain
 */
async function guide(service, settings, mayTrain) {
  let isWell = false;
  try {
    // What is shown at the end is got ready while the service reads.
    const [health, fixture] = await Promise.all([
      steps.run("Matches", (report) => whileTelling(PATIENCE, report, settledHealth(service.url)), matchesRead),
      nextFixture(settings.databasePath),
      clientOf(service.url),
    ]);
    isWell = isUsable(health) || (mayTrain && isUntrained(health) && (await trainSoon(service.url, health)));
    if (!wasInterrupted()) await tryOut(service, fixture);
  } catch (error) {
    isWell = false;
    // A service that ends breaks off whatever it was asked; then its end is what there is to tell.
    const ending = await Promise.race([service.ended, sleep(2000)]);
    if (ending) return;
    service.stop();
    throw error;
  } finally {
    service.showLog({ withPast: !isWell && !wasInterrupted() });
  }
  if (isWell && mayTrain) await trainWhole(service.url, settings.modelFolder);
}

/**
 * @param {string} url
 * @param {import("./lib/server.js").Health} health
 */
async function trainSoon(url, health) {
  const trained = await steps.run(
    "Model",
    (report) => trainFirstModel(url, health, report),
    ({ text }) => text,
  );
  return trained.isThere;
}

/**
 * @template T
 * @param {string} text shown where `work` takes long
 * @param {import("./lib/terminal.js").Say} report
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
async function whileTelling(text, report, work) {
  const telling = setTimeout(() => report(text), PATIENCE_MS);
  try {
    return await work;
  } finally {
    clearTimeout(telling);
  }
}

/** @param {import("./lib/server.js").Health} health */
function matchesRead({ database, model }) {
  // That there is no model yet is no trouble: it comes next.
  const troubles = [database, model].flatMap(({ status, detail }) => (status === "ok" || status === "missing" || !detail ? [] : [detail]));
  return [`${database.fixtures ?? "no"} fixtures read`, ...troubles].join("; ");
}

function readOptions() {
  try {
    return parseArgs({
      options: { port: { type: "string" }, "no-train": { type: "boolean" }, help: { type: "boolean", short: "h" } },
    }).values;
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message.split(".")[0] : error}; see npm run ml:start -- --help.`);
  }
}

/**
 * Gets everything ready: Node's packages and the database beside Python's, since neither needs the other.
 * @param {import("./lib/settings.js").Settings} settings
 */
async function prepare(settings) {
  await everyOne([prepareNode(settings), preparePython()]);
}

async function preparePython() {
  await installPython(steps, "requirements.txt");
  if (!(await ensureFastServer())) {
    console.log("httptools and uvloop could not be installed: the service works without them and answers fewer requests a second");
  }
}

/** @param {import("./lib/settings.js").Settings} settings */
async function prepareNode(settings) {
  await installNode(steps, { withTools: false });
  const name = fromRoot(settings.databasePath);
  await steps.run(
    "Database",
    (report) => ensureDatabase(settings, report),
    (isNew) => `${name} ${isNew ? "created" : "is there"}`,
  );
}
