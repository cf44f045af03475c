/** Installs what is missing and runs every check: `npm test`, or a part with `npm test -- lint|node|python`. */
import { runQuietly } from "./lib/children.js";
import { checks, PARTS } from "./lib/checks.js";
import { compileAhead } from "./lib/compile.js";
import { runScript, SetupError } from "./lib/errors.js";
import { installNode, installPython } from "./lib/install.js";
import { everyOne, seconds, Steps } from "./lib/terminal.js";

/** @typedef {import("./lib/checks.js").Check} Check */
/** @typedef {import("./lib/checks.js").Need} Need */
/** @typedef {{ name: string, code: number, milliseconds: number }} Result */

const HELP = `npm test [-- lint | node | python]

Installs what is missing and runs the linters and type checkers, the Node tests and the Python tests, or one part.`;

const steps = new Steps();

await runScript(async () => {
  const [wanted, ...rest] = process.argv.slice(2);
  if (wanted === "--help") {
    console.log(HELP);
    return 0;
  }
  return report(await runAll(partsFor(wanted, rest)));
});

/**
 * @param {string | undefined} wanted
 * @param {string[]} rest
 */
function partsFor(wanted, rest) {
  if (wanted === undefined) return PARTS;
  const parts = PARTS.filter((part) => part === wanted);
  if (parts.length === 0 || rest.length > 0) throw new SetupError(`npm test knows the parts ${PARTS.join(", ")}.`);
  return parts;
}

/**
 * Runs every check, also after one that failed, each as soon as what it needs is there.
 * @param {readonly import("./lib/checks.js").Part[]} parts
 * @returns {Promise<Result[]>}
 */
async function runAll(parts) {
  const lists = checks().map((list) => list.filter(({ part }) => parts.includes(part)));
  const ready = prepare(new Set(lists.flat().flatMap(({ needs }) => needs)));
  const running = lists.map(async (list) => {
    const results = [];
    for (const check of list) {
      await everyOne(check.needs.map((need) => ready[need]));
      results.push(await runCheck(check));
    }
    return results;
  });
  return (await everyOne(running)).flat();
}

/**
 * Begins to install and compile what checks need.
 * @param {Set<Need>} needs
 * @returns {Record<Need, Promise<unknown>>} what ends when it is there
 */
function prepare(needs) {
  const node = needs.has("Node") ? installNode(steps, { withTools: true }) : Promise.resolve();
  const python = needs.has("Python") ? installPython(steps, "requirements-dev.txt") : Promise.resolve(false);
  // What installs packages compiles too.
  const compiled = needs.has("compiled") ? python.then((isNew) => isNew || compileAhead()) : python;
  return { Node: node, Python: python, compiled };
}

/**
 * Runs a check as a step; what it says is shown in full where it fails.
 * @param {Check} check
 * @returns {Promise<Result>}
 */
async function runCheck({ name, command, args, cwd, tells }) {
  const startedAt = Date.now();
  const code = await steps.run(
    name,
    async (report, say) => {
      const ending = await runQuietly(command, args, { cwd, onLine: (line) => report(progressOf(line)) });
      const lines = ending.output.split("\n").filter((line) => ending.code !== 0 || tells?.test(line));
      if (lines.length > 0) say(lines.join("\n"));
      return ending.code;
    },
    (code) => (code === 0 ? "ok" : "FAILED"),
  );
  return { name, code, milliseconds: Date.now() - startedAt };
}

/** @param {string} line of a check's output: pytest ends its lines of dots with how far it is */
function progressOf(line) {
  return /\[ *(\d+%)\]$/.exec(line)?.[1] ?? line.trim();
}

/**
 * @param {Result[]} results
 * @returns {number} the exit code
 */
function report(results) {
  console.log("");
  for (const { name, code, milliseconds } of results) {
    console.log(`${code === 0 ? "ok    " : "FAILED"} ${name.padEnd(14)} ${seconds(milliseconds)}`);
  }
  return results.some(({ code }) => code !== 0) ? 1 : 0;
}
