import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { ask } from "./children.js";
import { SetupError } from "./errors.js";
import { howToInstallPython, howToInstallVenv } from "./pythonAdvice.js";
import { fetchPython } from "./uv.js";

/**
 * @typedef {{ command: string, args: string[] }} Candidate how a Python may be called
 * @typedef {object} Python
 * @property {string} executable
 * @property {string} version such as 3.11.7
 * @property {boolean} fits whether the packages have wheels for it
 * @property {boolean} hasVenv Debian keeps a part of the venv module in a package of its own
 * @property {boolean} hasPip
 */

/** What the packages have wheels for: first where every one has its specified version, then where the fewest differ. */
export const VERSIONS = ["3.11", "3.10", "3.12", "3.13", "3.14"];
export const VERSIONS_TEXT = "3.10 to 3.14";
/** Neither numba nor shap has a wheel for it on an Intel Mac. */
const NOT_ON_INTEL_MACS = "3.14";

const PROBE = `
import json, platform, sys
try:
    import ensurepip, venv
    has_venv = True
except ImportError:
    has_venv = False
try:
    import pip
    has_pip = True
except ImportError:
    has_pip = False
kind = platform.python_implementation() + " " + sys.platform + " " + platform.machine()
print(json.dumps([sys.executable, platform.python_version(), kind, sys.maxsize > 2**32, has_venv, has_pip]))
`;

/**
 * Runs a Python to see what it is; a file of that name may well not run (a pyenv shim exits with 127).
 * @param {Candidate} candidate
 * @returns {Python | null}
 */
export function probe({ command, args }) {
  const { ok, stdout } = ask(command, [...args, "-c", PROBE]);
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (!ok || !line.startsWith("[")) return null;
  const [executable, version, kind, is64Bit, hasVenv, hasPip] = JSON.parse(line);
  return { executable, version, fits: is64Bit && hasWheels(version, kind), hasVenv, hasPip };
}

/**
 * @param {string} version
 * @param {string} kind such as "CPython linux x86_64"
 */
function hasWheels(version, kind) {
  const minor = minorOf(version);
  if (minor === NOT_ON_INTEL_MACS && kind.endsWith("darwin x86_64")) return false;
  return VERSIONS.includes(minor) && kind.startsWith("CPython");
}

/** @param {string} version */
const minorOf = (version) => version.split(".").slice(0, 2).join(".");

/** @returns {Generator<Candidate>} in the order of preference */
function* candidates() {
  const pyenv = pyenvPythons();
  for (const version of VERSIONS) {
    yield { command: `python${version}`, args: [] };
    for (const command of pyenv.get(version) ?? []) yield { command, args: [] };
    if (process.platform === "win32") yield { command: "py", args: [`-${version}`] };
    const { ok, stdout } = ask("uv", ["python", "find", "--no-python-downloads", version]);
    if (ok) yield { command: stdout.trim(), args: [] };
  }
  yield { command: "python3", args: [] };
  yield { command: "python", args: [] };
  // What brings uv need not be able to run the service.
  if (process.platform === "win32") yield { command: "py", args: ["-3"] };
}

/** @returns {Map<string, string[]>} pyenv's Pythons by minor version, newest patch first */
function pyenvPythons() {
  const root = process.env.PYENV_ROOT || path.join(os.homedir(), ".pyenv", process.platform === "win32" ? "pyenv-win" : "");
  const folder = path.join(root, "versions");
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const program = process.platform === "win32" ? "python.exe" : "bin/python";
  const ofVersion = (/** @type {string} */ version) => names.filter((name) => name.startsWith(`${version}.`)).sort(byPatch);
  return new Map(VERSIONS.map((version) => [version, ofVersion(version).map((name) => path.join(folder, name, program))]));
}

/**
 * @param {string} one
 * @param {string} other
 */
function byPatch(one, other) {
  return Number.parseInt(other.split(".")[2], 10) - Number.parseInt(one.split(".")[2], 10);
}

/**
 * A Python that the packages have wheels for and that can make a virtual environment, fetched where this machine has none.
 * @param {(text: string) => void} say
 * @returns {Promise<Python>}
 * @throws {SetupError}
 */
export async function findPython(say) {
  /** @type {Python[]} */
  const others = [];
  for (const candidate of candidates()) {
    const python = probe(candidate);
    if (python?.fits && python.hasVenv) return python;
    if (python) others.push(python);
  }
  const fetched = await fetchPython(others.filter(({ hasPip }) => hasPip).map(({ executable }) => executable), say);
  const python = fetched === null ? null : probe({ command: fetched, args: [] });
  if (python?.fits && python.hasVenv) return python;
  const withoutVenv = others.find(({ fits }) => fits);
  throw new SetupError(withoutVenv ? venvMissing(withoutVenv) : noneFits(others));
}

/** @param {Python} python */
function venvMissing({ executable, version }) {
  return `${executable} has no venv module: ${howToInstallVenv(minorOf(version))} and run this again.`;
}

/** @param {Python[]} others */
function noneFits(others) {
  const versions = [...new Set(others.map(({ version }) => version))].join(", ");
  const present = versions ? `this machine has only ${versions}` : "this machine has none";
  return `Python ${VERSIONS_TEXT} is needed, ${present}: ${howToInstallPython()} and run this again.`;
}
