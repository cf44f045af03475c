import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { ask, runQuietly } from "./children.js";
import { SetupError } from "./errors.js";
import { fromRoot, inVenv, ML_SERVICE, VENV } from "./layout.js";
import { pipFailure } from "./pipFailure.js";
import { PipProgress } from "./pipProgress.js";
import { findPython, probe } from "./python.js";

/** @typedef {"requirements.txt" | "requirements-dev.txt"} Requirements */

const STAMP = path.join(VENV, ".installed.json");
/** Is there while pip writes packages: one that is killed leaves some that look installed and are not whole. */
const UNFINISHED = path.join(VENV, ".installing");

/** @returns {{ version: string } | null} the environment's Python, null where there is none that works */
function workingVenv() {
  if (fs.existsSync(UNFINISHED)) return null;
  const python = probe({ command: inVenv("python"), args: [] });
  if (!python?.fits) return null;
  return fs.existsSync(STAMP) || ask(inVenv("python"), ["-m", "pip", "--version"]).ok ? python : null;
}

/**
 * Makes ml-service/venv where there is none, and anew where it is broken.
 * @param {(text: string) => void} say
 * @returns {Promise<string>} the version of its Python
 * @throws {SetupError}
 */
export async function ensureVenv(say) {
  const present = workingVenv();
  if (present) return present.version;
  const python = findPython();
  if (fs.existsSync(VENV)) {
    say(`${fromRoot(VENV)} is half-made or of another Python than 3.10 and 3.11, it is made anew`);
    fs.rmSync(VENV, { recursive: true, force: true });
  }
  const { code, output } = await runQuietly(python.executable, ["-m", "venv", VENV]);
  if (code !== 0) throw new SetupError(pipFailure(output, `${python.executable} could not make ${fromRoot(VENV)}`));
  return python.version;
}

/**
 * Installs a requirements file into the environment, unless that was done already.
 * @param {Requirements} requirements
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError}
 */
export async function ensurePackages(requirements) {
  const wanted = fingerprint(requirements);
  const installed = readStamp();
  if (installed[requirements] === wanted) return false;
  await pipInstall(requirements);
  await checkLightgbm();
  // The development packages contain the service's own.
  const contained = requirements === "requirements-dev.txt" ? { "requirements.txt": fingerprint("requirements.txt") } : {};
  fs.writeFileSync(STAMP, JSON.stringify({ ...installed, ...contained, [requirements]: wanted }));
  return true;
}

/** Installs what `uvicorn --reload` watches files with, unless it is there; whether it is now. */
export async function ensureWatcher() {
  const wanted = path.join(ML_SERVICE, "requirements-watch.txt");
  if (ask(inVenv("python"), ["-c", "import watchfiles"]).ok) return true;
  const { code } = await runQuietly(inVenv("python"), ["-m", "pip", "install", "--quiet", "-r", wanted]);
  return code === 0;
}

/** @param {Requirements} requirements */
export function fingerprint(requirements) {
  const files = requirements === "requirements.txt" ? [requirements] : [requirements, "requirements.txt"];
  const hash = crypto.createHash("sha256");
  for (const file of [...files, "constraints.txt"]) hash.update(fs.readFileSync(path.join(ML_SERVICE, file)));
  return hash.digest("hex");
}

/** @returns {Record<string, string>} */
function readStamp() {
  if (!fs.existsSync(STAMP)) return {};
  try {
    return JSON.parse(fs.readFileSync(STAMP, "utf8"));
  } catch (error) {
    // Cut short when the disk was full or the machine went down: everything is looked at once more.
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** @param {Requirements} requirements */
async function pipInstall(requirements) {
  const progress = new PipProgress();
  let isDone = false;
  fs.writeFileSync(UNFINISHED, "");
  try {
    const args = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--retries", "2"];
    const options = { cwd: ML_SERVICE, onLine: (/** @type {string} */ line) => progress.read(line) };
    const { code, output } = await runQuietly(inVenv("python"), [...args, "-r", requirements], options);
    isDone = code === 0;
    if (!isDone) throw new SetupError(pipFailure(output, `pip could not install ${requirements}`));
  } finally {
    progress.clear();
    if (isDone || !progress.isWriting) fs.rmSync(UNFINISHED);
  }
}

/** LightGBM's wheel leaves OpenMP to the system; better to hear of it now than in a traceback. */
async function checkLightgbm() {
  const { code, output } = await runQuietly(inVenv("python"), ["-c", "import lightgbm"]);
  if (code === 0) return;
  throw new SetupError(pipFailure(output, "LightGBM cannot be loaded"));
}
