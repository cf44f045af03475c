import fs from "node:fs";
import path from "node:path";
import { runQuietly } from "./children.js";
import { SetupError } from "./errors.js";
import { ROOT } from "./layout.js";
import { pipFailure } from "./pipFailure.js";

/**
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, dev?: boolean }} LockedPackage
 */

/**
 * @param {boolean} withTools whether what only tests and development need counts too
 * @returns {boolean} whether node_modules holds what package-lock.json names, optional packages aside
 * @throws {SetupError}
 */
export function areNodeModulesInstalled(withTools) {
  const locked = Object.entries(lockedPackages());
  // npm writes this file last: where it is missing, an installation was broken off.
  if (readJson("node_modules/.package-lock.json") === null) return false;
  return locked
    .filter(([folder, { link, optional, dev }]) => folder.startsWith("node_modules/") && !link && !optional && (withTools || !dev))
    .every(([folder, { version }]) => readJson(`${folder}/package.json`)?.version === version);
}

/**
 * @returns {Record<string, LockedPackage>} by folder
 * @throws {SetupError}
 */
function lockedPackages() {
  const packages = readJson("package-lock.json")?.packages;
  if (packages) return packages;
  throw new SetupError("package-lock.json is missing or broken: put it back with `git checkout package-lock.json` and run this again.");
}

/**
 * @param {string} name a file in the project
 * @returns {any} null where it is missing, or cut short
 */
function readJson(name) {
  const file = path.join(ROOT, name);
  if (!fs.existsSync(file)) return null;
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * Installs the Node packages unless they are there.
 * @param {{ withTools: boolean }} options whether to install what only tests and development need too
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError}
 */
export async function ensureNodeModules({ withTools }) {
  if (areNodeModulesInstalled(withTools)) return false;
  const [command, ...args] = npm();
  const options = ["--no-audit", "--no-fund", "--fetch-retries=1", ...(withTools ? [] : ["--omit=dev"])];
  const { code, output } = await runQuietly(command, [...args, "ci", ...options], {
    cwd: ROOT,
    shell: command === "npm" && process.platform === "win32",
  });
  if (code !== 0) throw new SetupError(pipFailure(output, "npm could not install the Node packages"));
  return true;
}

/** @returns {string[]} the npm that runs this script, where one does */
function npm() {
  const script = process.env.npm_execpath;
  return script && /npm-cli\.c?js$/.test(script) ? [process.execPath, script] : ["npm"];
}
