import fs from "node:fs";
import path from "node:path";
import { runQuietly } from "./children.js";
import { SetupError } from "./errors.js";
import { ROOT } from "./layout.js";
import { pipFailure } from "./pipFailure.js";

/**
 * @typedef {{ version?: string, link?: boolean, optional?: boolean }} LockedPackage
 */

/** @returns {boolean} whether node_modules holds what package-lock.json names, optional packages aside */
export function areNodeModulesInstalled() {
  const lock = JSON.parse(fs.readFileSync(path.join(ROOT, "package-lock.json"), "utf8"));
  return Object.entries(/** @type {Record<string, LockedPackage>} */ (lock.packages))
    .filter(([folder, { link, optional }]) => folder.startsWith("node_modules/") && !link && !optional)
    .every(([folder, { version }]) => installedVersion(folder) === version);
}

/** @param {string} folder */
function installedVersion(folder) {
  const file = path.join(ROOT, folder, "package.json");
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")).version : null;
}

/**
 * Installs the Node packages unless they are there.
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError}
 */
export async function ensureNodeModules() {
  if (areNodeModulesInstalled()) return false;
  const [command, ...args] = npm();
  const { code, output } = await runQuietly(command, [...args, "ci", "--no-audit", "--no-fund", "--fetch-retries=1"], {
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
