import fs from "node:fs";
import path from "node:path";
import { BACKEND, inVenv, ML_SERVICE, ROOT } from "./layout.js";

/**
 * @typedef {"python" | "node" | "lint"} Part
 * @typedef {"Python" | "Node" | "compiled"} Need packages, or compiled code
 * @typedef {object} Check
 * @property {string} name
 * @property {Part} part
 * @property {Need[]} needs
 * @property {string} command
 * @property {string[]} args
 * @property {string} cwd
 * @property {RegExp} [tells] the lines that are shown of it where it succeeds
 */

export const PARTS = /** @type {const} */ (["lint", "node", "python"]);

/**
 * Everything that `npm test` checks: lists at the same time, the checks of a list one after the other.
 * @returns {Check[][]}
 */
export function checks() {
  /** @param {Omit<Check, "command" | "cwd">} check */
  const python = ({ args, ...rest }) => ({ ...rest, command: inVenv("python"), args: ["-m", ...args], cwd: ML_SERVICE });
  /** @param {Omit<Check, "command" | "cwd">} check */
  const node = (check) => ({ ...check, command: process.execPath, cwd: ROOT });
  const tsc = path.join("node_modules", "typescript", "bin", "tsc");
  return [
    [
      python({ name: "ruff check", part: "lint", needs: ["Python"], args: ["ruff", "check"] }),
      python({ name: "ruff format", part: "lint", needs: ["Python"], args: ["ruff", "format", "--check"] }),
      python({ name: "mypy", part: "lint", needs: ["Python"], args: ["mypy", "."] }),
    ],
    [
      node({ name: "tsc", part: "lint", needs: ["Node"], args: [tsc, "-p", "backend/tsconfig.json"] }),
      node({
        name: "node tests",
        part: "node",
        needs: ["Node"],
        args: ["--test", "--test-reporter=spec", "--test-concurrency=2", ...nodeTests()],
        tells: /^(ℹ (tests|pass|skipped) |﹣)/,
      }),
    ],
    [
      python({
        name: "python tests",
        part: "python",
        // Some write databases with Node's packages and would be skipped without them.
        needs: ["Python", "Node", "compiled"],
        // Three for two cores, since tests of jobs and services wait. Files in the order of their names: the
        // order of xdist leaves the long ones of few tests for the end.
        args: ["pytest", "-q", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"],
        tells: /^(SKIPPED|\d+ passed)/,
      }),
    ],
  ];
}

/** @returns {string[]} by name, since versions of Node disagree on what a folder after --test means */
function nodeTests() {
  const folder = path.join(BACKEND, "test");
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(".test.js"))
    .sort()
    .map((name) => path.join(folder, name));
}
