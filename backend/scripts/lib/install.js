import { ensureNodeModules } from "./nodeModules.js";
import { ensurePackages, ensureVenv, noteVenv } from "./venv.js";

/** @typedef {import("./terminal.js").Steps} Steps */

/** @param {boolean} isNew */
const outcome = (isNew) => (isNew ? "installed" : "ready");

/**
 * Installs the Node packages that are missing, as a step.
 * @param {Steps} steps
 * @param {{ withTools: boolean }} options as `ensureNodeModules` takes them
 */
export async function installNode(steps, options) {
  await steps.run("Node packages", () => ensureNodeModules(options), outcome);
}

/**
 * Makes the virtual environment and installs the Python packages that are missing, as two steps.
 * @param {Steps} steps
 * @param {import("./venv.js").Requirements} requirements
 * @returns {Promise<boolean>} whether there was anything to do
 */
export async function installPython(steps, requirements) {
  const version = await steps.run(
    "Python",
    (_, say) => ensureVenv(say),
    (present) => present,
  );
  const isNew = await steps.run("Python packages", (report) => ensurePackages(requirements, report), outcome);
  noteVenv(version);
  return isNew;
}
