import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { ask, runQuietly } from "./children.js";
import { COMPILER, compileAhead } from "./compile.js";
import { SetupError } from "./errors.js";
import { fromRoot, inVenv, ML_SERVICE, VENV } from "./layout.js";
import { pipFailure } from "./pipFailure.js";
import { PipProgress } from "./pipProgress.js";
import { findPython, probe, VERSIONS_TEXT } from "./python.js";
import { everyOne } from "./terminal.js";

/**
 * @typedef {"requirements.txt" | "requirements-dev.txt"} Requirements
 * @typedef {import("./terminal.js").Say} Say
 */

// Python itself compiles what is imported; pip would compile everything, most of it for nobody.
const PIP_INSTALL = ["-m", "pip", "install", "--no-compile", "--disable-pip-version-check", "--no-input"].concat(
  ["--progress-bar", "off", "--retries", "2"],
);

const STAMP = path.join(VENV, ".installed.json");
/** Is there while pip writes packages: one that is killed leaves some that look installed and are not whole. */
const UNFINISHED = path.join(VENV, ".installing");

/** @typedef {{ version: string, file: string, size: number, mtimeMs: number }} VenvPython */

/** @returns {Omit<VenvPython, "version"> | null} the file that the environment's Python is, null where it is gone */
function pythonFile() {
  const python = inVenv("python");
  if (!fs.existsSync(python)) return null;
  const { size, mtimeMs } = fs.statSync(python);
  return { file: fs.realpathSync(python), size, mtimeMs };
}

/** @returns {VenvPython | null} the environment's Python where it is the very file that an earlier start found to fit */
function provenPython() {
  const proven = readStamp().python;
  const file = pythonFile();
  return proven && file && Object.entries(file).every(([name, value]) => proven[name] === value) ? proven : null;
}

/**
 * Notes that the environment's Python fits, so that no later start runs it to see.
 * @param {string} version
 */
export function noteVenv(version) {
  if (!provenPython()) stamp({ python: { version, ...pythonFile() } });
}

/** @returns {{ version: string } | null} the environment's Python, null where there is none that works */
function workingVenv() {
  if (fs.existsSync(UNFINISHED)) return null;
  const proven = provenPython();
  if (proven) return proven;
  const python = probe({ command: inVenv("python"), args: [] });
  if (!python?.fits) return null;
  return fs.existsSync(STAMP) || ask(inVenv("python"), ["-m", "pip", "--version"]).ok ? python : null;
}

/**
 * Makes ml-service/venv where there is none, and anew where it is broken.
 * @param {Say} say
 * @returns {Promise<string>} the version of its Python
 * @throws {SetupError}
 */
export async function ensureVenv(say) {
  // A setting of many containers. With it each start would compile all packages anew: pip leaves that to the first import.
  delete process.env.PYTHONDONTWRITEBYTECODE;
  const present = workingVenv();
  if (present) return present.version;
  const python = await findPython(say);
  if (fs.existsSync(VENV)) {
    say(`${fromRoot(VENV)} is half-made or of another Python than ${VERSIONS_TEXT}, it is made anew`);
    fs.rmSync(VENV, { recursive: true, force: true });
  }
  const { code, output } = await runQuietly(python.executable, ["-m", "venv", VENV]);
  if (code !== 0) throw new SetupError(pipFailure(output, `${python.executable} could not make ${fromRoot(VENV)}`));
  return python.version;
}

/**
 * Installs a requirements file into the environment, unless that was done already: first what compiling takes, then the
 * rest while it compiles.
 * @param {Requirements} requirements
 * @param {Say} report
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError}
 */
export async function ensurePackages(requirements, report) {
  const wanted = fingerprint(requirements);
  const installed = readStamp();
  const isInstalled = installed[requirements] === wanted;
  if (isInstalled && installed.compiled) return false;
  if (!isInstalled) await pipInstall(["-c", "requirements.txt", ...COMPILER], requirements, report);
  const install = async () => {
    if (isInstalled) return;
    await pipInstall(["-r", requirements], requirements, report);
    await checkLightgbm();
    // The development packages contain the service's own.
    if (requirements === "requirements-dev.txt") stamp({ "requirements.txt": fingerprint("requirements.txt") });
    stamp({ [requirements]: wanted });
    report("compiling, this once");
  };
  const compile = async () => ((await compileAhead()) ? stamp({ compiled: wanted }) : undefined);
  await everyOne([install(), compile()]);
  return true;
}

/** @param {Record<string, unknown>} news */
function stamp(news) {
  fs.writeFileSync(STAMP, JSON.stringify({ ...readStamp(), ...news }));
}

/** Installs what `uvicorn --reload` watches files with, unless it is there; whether it is now. */
export async function ensureWatcher() {
  return ensureOptional("requirements-watch.txt", "watchfiles");
}

/** Installs what makes uvicorn faster, unless it is there; whether it is now. */
export async function ensureFastServer() {
  const modules = process.platform === "win32" ? "httptools" : "httptools, uvloop";
  return ensureOptional("requirements-fast.txt", modules);
}

/**
 * @param {string} requirements
 * @param {string} modules what the file brings, as Python imports it
 */
async function ensureOptional(requirements, modules) {
  const wanted = path.join(ML_SERVICE, requirements);
  const digest = digestOf(wanted);
  if (readStamp()[requirements] === digest) return true;
  const isThere = ask(inVenv("python"), ["-c", `import ${modules}`]).ok || (await installOptional(wanted));
  if (isThere) stamp({ [requirements]: digest });
  return isThere;
}

/** @param {string} wanted a requirements file */
async function installOptional(wanted) {
  const options = ["--quiet", "--retries", "0", "--timeout", "5", "--only-binary", ":all:"];
  const { code } = await runQuietly(inVenv("python"), ["-m", "pip", "install", ...options, "-r", wanted]);
  return code === 0;
}

/** @param {Requirements} requirements */
export function fingerprint(requirements) {
  const files = requirements === "requirements.txt" ? [requirements] : [requirements, "requirements.txt"];
  return digestOf(...[...files, "constraints.txt"].map((file) => path.join(ML_SERVICE, file)));
}

/** @param {string[]} files */
function digestOf(...files) {
  const hash = crypto.createHash("sha256");
  for (const file of files) hash.update(fs.readFileSync(file));
  return hash.digest("hex");
}

/** @returns {Record<string, any>} */
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

/**
 * @param {string[]} wanted
 * @param {Requirements} requirements of which `wanted` is a part
 * @param {Say} report
 */
async function pipInstall(wanted, requirements, report) {
  const progress = new PipProgress(report);
  let isDone = false;
  fs.writeFileSync(UNFINISHED, "");
  try {
    const options = { cwd: ML_SERVICE, onLine: (/** @type {string} */ line) => progress.read(line) };
    const { code, output } = await runQuietly(inVenv("python"), [...PIP_INSTALL, ...wanted], options);
    isDone = code === 0;
    if (!isDone) throw new SetupError(pipFailure(output, `pip could not install ${requirements}`));
  } finally {
    if (isDone || !progress.isWriting) fs.rmSync(UNFINISHED);
  }
}

/**
 * LightGBM's wheel leaves OpenMP to the system; better to hear of it now than in a traceback. Importing it also leaves
 * the bytecode of most of what the service imports.
 */
async function checkLightgbm() {
  const { code, output } = await runQuietly(inVenv("python"), ["-c", "import lightgbm"]);
  if (code === 0) return;
  throw new SetupError(pipFailure(output, "LightGBM cannot be loaded"));
}
