import fs from "node:fs";
import path from "node:path";
import { BACKEND, inVenv, ML_SERVICE, ROOT } from "./layout.js";

/**
 * @typedef {"python" | "node" | "lint"} Part
 * @typedef {{ name: string, part: Part, command: string, args: string[], cwd: string }} Check
 */

export const PARTS = /** @type {const} */ (["lint", "node", "python"]);

/**
 * Everything that `npm test` checks, the quick ones first.
 * @returns {Check[]}
 */
export function checks() {
  const python = (/** @type {string} */ name, /** @type {Part} */ part, /** @type {string[]} */ args) => ({
    name,
    part,
    command: inVenv("python"),
    args: ["-m", ...args],
    cwd: ML_SERVICE,
  });
  const node = (/** @type {string} */ name, /** @type {Part} */ part, /** @type {string[]} */ args) => ({
    name,
    part,
    command: process.execPath,
    args,
    cwd: ROOT,
  });
  return [
    python("ruff check", "lint", ["ruff", "check"]),
    python("ruff format", "lint", ["ruff", "format", "--check"]),
    python("mypy", "lint", ["mypy", "."]),
    node("tsc", "lint", [path.join("node_modules", "typescript", "bin", "tsc"), "-p", "backend/tsconfig.json"]),
    node("node tests", "node", ["--test", "--test-reporter=spec", "--test-concurrency=3", ...nodeTests()]),
    python("python tests", "python", ["pytest", "-q", "-n", "2", "--dist", "loadfile"]),
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
