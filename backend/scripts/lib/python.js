import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { ask } from "./children.js";
import { SetupError } from "./errors.js";

/**
 * @typedef {{ command: string, args: string[] }} Candidate how a Python may be called
 * @typedef {object} Python
 * @property {string} executable
 * @property {string} version such as 3.11.7
 * @property {boolean} fits whether the packages have wheels for it
 * @property {boolean} hasVenv Debian keeps a part of the venv module in a package of its own
 */

/** The versions for which all eight packages have wheels, the better first. */
const VERSIONS = ["3.11", "3.10"];

const PROBE = `
import json, platform, sys
try:
    import ensurepip, venv
    has_venv = True
except ImportError:
    has_venv = False
kind = platform.python_implementation()
print(json.dumps([sys.executable, platform.python_version(), kind, sys.maxsize > 2**32, has_venv]))
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
  const [executable, version, kind, is64Bit, hasVenv] = JSON.parse(line);
  const fits = VERSIONS.some((wanted) => version.startsWith(`${wanted}.`)) && kind === "CPython" && is64Bit;
  return { executable, version, fits, hasVenv };
}

/** @returns {Generator<Candidate>} in the order of preference */
function* candidates() {
  for (const version of VERSIONS) yield { command: `python${version}`, args: [] };
  for (const command of pyenvPythons()) yield { command, args: [] };
  if (process.platform === "win32") for (const version of VERSIONS) yield { command: "py", args: [`-${version}`] };
  for (const version of VERSIONS) {
    const { ok, stdout } = ask("uv", ["python", "find", version]);
    if (ok) yield { command: stdout.trim(), args: [] };
  }
  yield { command: "python3", args: [] };
  yield { command: "python", args: [] };
}

/** @returns {string[]} those of the right versions, newest first */
function pyenvPythons() {
  const root = process.env.PYENV_ROOT || path.join(os.homedir(), ".pyenv", process.platform === "win32" ? "pyenv-win" : "");
  const folder = path.join(root, "versions");
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return VERSIONS.flatMap((version) => names.filter((name) => name.startsWith(`${version}.`)).sort(byPatch)).map((name) =>
    path.join(folder, name, process.platform === "win32" ? "python.exe" : "bin/python"),
  );
}

/**
 * @param {string} one
 * @param {string} other
 */
function byPatch(one, other) {
  return Number.parseInt(other.split(".")[2], 10) - Number.parseInt(one.split(".")[2], 10);
}

/**
 * A Python 3.10 or 3.11 that runs and can make a virtual environment.
 * @returns {Python}
 * @throws {SetupError}
 */
export function findPython() {
  /** @type {Python[]} */
  const found = [];
  for (const candidate of candidates()) {
    const python = probe(candidate);
    if (python?.fits && python.hasVenv) return python;
    if (python) found.push(python);
  }
  const withoutVenv = found.find(({ fits }) => fits);
  throw new SetupError(withoutVenv ? venvMissing(withoutVenv) : noneFits(found));
}

/** @param {Python} python */
function venvMissing({ executable, version }) {
  const minor = version.split(".").slice(0, 2).join(".");
  return `${executable} has no venv module: install it with \`sudo apt-get install python${minor}-venv\` and run this again.`;
}

/** @param {Python[]} found */
function noneFits(found) {
  const versions = [...new Set(found.map(({ version }) => version))].join(", ");
  return `Python 3.10 or 3.11 is needed, ${versions ? `found only ${versions}` : "found none"}: ${advice()} and run this again.`;
}

function advice() {
  if (ask("uv", ["--version"]).ok) return "install one with `uv python install 3.11`";
  if (process.platform === "darwin") return "install one with `brew install python@3.11`";
  if (process.platform === "win32") return "install one with `winget install Python.Python.3.11`";
  return "install one with `sudo apt-get install python3.11 python3.11-venv`, or `pyenv install 3.11` where that has none,";
}
