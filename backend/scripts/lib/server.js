import { once } from "node:events";
import net from "node:net";
import { start, stop, wasInterrupted } from "./children.js";
import { errorCode, Interrupted, SetupError } from "./errors.js";
import { inVenv, ML_SERVICE } from "./layout.js";
import { pipFailure } from "./pipFailure.js";
import { urlOf } from "./settings.js";

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("../../src/services/mlService.js").Health} Health
 * @typedef {object} RunningService
 * @property {string} url
 * @property {Promise<import("./children.js").Ending>} ended
 * @property {() => void} stop
 * @property {(options: { withPast: boolean }) => void} showLog lets what the service says through, from now or from its start
 */

const START_LIMIT_MS = 120_000;
const READY_LIMIT_MS = 15_000;
const POLL_MS = 30;
const CHOOSE_PORT = "choose another with `npm run ml:start -- --port 5051` and give Node ML_SERVICE_URL=http://localhost:5051";

/**
 * Makes sure that the service can listen where it shall.
 * @param {Settings} settings
 * @throws {SetupError}
 */
export async function checkPort(settings) {
  const server = net.createServer();
  try {
    server.listen(settings.port, settings.host);
    await once(server, "listening");
  } catch (error) {
    throw new SetupError(await portTrouble(settings, errorCode(error)));
  }
  server.close();
  await once(server, "close");
  const url = urlOf(settings);
  await fetch(url).catch((error) => {
    if (isRefusedPort(error)) throw new SetupError(`Browsers and Node's fetch refuse the port of ${url}: ${CHOOSE_PORT}.`);
  });
}

/**
 * @param {Settings} settings
 * @param {unknown} code
 */
async function portTrouble(settings, code) {
  const { host, port } = settings;
  if (code === "EADDRINUSE" && (await readHealth(urlOf(settings)).catch(() => null))) {
    return `The ML service is running already, at ${urlOf(settings)}: use that one, or stop it first.`;
  }
  if (code === "EADDRINUSE") return `Port ${port} is taken by another program: stop that, or ${CHOOSE_PORT}.`;
  if (code === "EACCES") return `Port ${port} takes administrator's rights: ${CHOOSE_PORT}.`;
  return `HOST is ${JSON.stringify(host)}, which is no address of this machine (${code}): use 127.0.0.1, or 0.0.0.0 for all.`;
}

/**
 * @param {string} url
 * @returns {Promise<Health>}
 * @throws {SetupError} where another service answers, or this one refuses the address it is asked under
 * @throws {TypeError} where nothing answers
 */
export async function readHealth(url) {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000), redirect: "manual" });
  const health = /** @type {any} */ (await response.json());
  if (typeof health?.ready === "boolean" && health.model && health.database) return health;
  if (response.status !== 403) throw new SetupError(`At ${url} another service answers than statFoot's.`);
  throw new SetupError(`The service refuses requests for ${url}: add this host to ALLOWED_HOSTS in ml-service/.env.`);
}

/**
 * Starts the service and waits until it answers.
 * @param {Settings} settings
 * @returns {Promise<RunningService>}
 * @throws {SetupError | Interrupted}
 */
export async function startService(settings) {
  const args = ["-m", "uvicorn", "main:app", "--host", settings.host, "--port", String(settings.port)];
  const env = { ...process.env, HOST: settings.host, PORT: String(settings.port), OMP_WAIT_POLICY: "passive", PYTHONUNBUFFERED: "1" };
  const { child, ended } = start(inVenv("python"), args, {
    cwd: ML_SERVICE,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    // A second SIGINT, beside the one that its process group got, has uvicorn break off what it is ending.
    endingSignal: "SIGTERM",
  });
  const output = holdOutput(child);
  const url = urlOf(settings);
  try {
    const health = await firstHealth(url, () => child.exitCode !== null || child.signalCode !== null);
    if (health === null) {
      await ended;
      throw endedEarly(output.held());
    }
    return { url, ended, stop: () => stop(child), showLog: output.release };
  } catch (error) {
    stop(child);
    await ended;
    throw error;
  }
}

/**
 * Keeps what the service says until it is known whether anybody needs it.
 * @param {import("./children.js").ChildProcess} child
 */
function holdOutput(child) {
  /** @type {Buffer[]} */
  const chunks = [];
  let isReleased = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => (isReleased ? process.stderr.write(chunk) : chunks.push(chunk)));
  }
  const held = () => Buffer.concat(chunks).toString("utf8");
  const release = (/** @type {{ withPast: boolean }} */ { withPast }) => {
    isReleased = true;
    if (withPast) process.stderr.write(held());
    chunks.length = 0;
  };
  return { held, release };
}

/** @param {string} output */
function endedEarly(output) {
  if (wasInterrupted()) return new Interrupted();
  const setting = /^error: (.*)$/m.exec(output);
  if (setting) return new SetupError(`${setting[1]} (in the environment or ml-service/.env)`);
  if (/ModuleNotFoundError/.test(output)) {
    return new SetupError(`${lastLine(output)}: the packages are incomplete, remove ml-service/venv and run this again.`);
  }
  process.stderr.write(output);
  return new SetupError(pipFailure(output, "The service ended while it started"));
}

/** @param {string} text */
function lastLine(text) {
  return text.trim().split("\n").at(-1) ?? "";
}

/**
 * @param {string} url
 * @param {() => boolean} hasEnded
 * @returns {Promise<Health | null>} null where the service ended before it answered
 * @throws {SetupError}
 */
async function firstHealth(url, hasEnded) {
  const end = Date.now() + START_LIMIT_MS;
  while (!hasEnded()) {
    if (Date.now() > end) throw new SetupError(`The service did not answer on ${url}/health within ${START_LIMIT_MS / 1000} s.`);
    try {
      return await readHealth(url);
    } catch (error) {
      // Nobody listens yet, or is too busy starting to answer: asked again until the time is up.
      if (error instanceof SetupError) throw error;
    }
    await pause();
  }
  return null;
}

/** @param {unknown} error whether fetch will not speak to that port at all, such as 5060 and 5061, which are SIP's */
function isRefusedPort(error) {
  return error instanceof TypeError && error.cause instanceof Error && error.cause.message === "bad port";
}

const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));

/**
 * The health once the database is read: until then the model is not known either.
 * @param {string} url
 * @returns {Promise<Health>}
 */
export async function settledHealth(url) {
  const end = Date.now() + START_LIMIT_MS;
  while (Date.now() < end && !wasInterrupted() && (await isBusyStarting(url))) await pause();
  return readHealth(url);
}

/** @param {string} url */
async function isBusyStarting(url) {
  const response = await fetch(`${url}/model/current`);
  await response.text();
  return response.headers.has("retry-after");
}

/**
 * Waits a moment for a new model to be taken up.
 * @param {string} url
 * @returns {Promise<void>}
 */
export async function untilReady(url) {
  const end = Date.now() + READY_LIMIT_MS;
  while (Date.now() < end && !wasInterrupted() && !(await readHealth(url)).ready) await pause();
}
