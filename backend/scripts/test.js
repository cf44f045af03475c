/** Installs what is missing and runs every check: `npm test`, or a part with `npm test -- lint|node|python`. */
import { run } from "./lib/children.js";
import { checks, PARTS } from "./lib/checks.js";
import { compileFeatures } from "./lib/compile.js";
import { runScript, SetupError } from "./lib/errors.js";
import { installNode, installPython } from "./lib/install.js";
import { everyOne, seconds, Steps } from "./lib/terminal.js";

/** @typedef {{ name: string, code: number, milliseconds: number }} Result */

const HELP = `npm test [-- lint | node | python]

Installs what is missing and runs the linters and type checkers, the Node tests and the Python tests, or one part.`;

await runScript(async () => {
  const [wanted, ...rest] = process.argv.slice(2);
  if (wanted === "--help") {
    console.log(HELP);
    return 0;
  }
  const parts = partsFor(wanted, rest);
  await install();
  const results = await runAll(parts);
  return report(results);
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

async function install() {
  const steps = new Steps();
  await everyOne([installNode(steps, { withTools: true }), installPython(steps, "requirements-dev.txt")]);
}

/**
 * Runs every check, also after one that failed.
 * @param {readonly import("./lib/checks.js").Part[]} parts
 * @returns {Promise<Result[]>}
 */
async function runAll(parts) {
  const results = [];
  // In a new checkout half a minute's work of one core, which the linters leave free.
  const compiling = parts.some((part) => part !== "lint") ? compileFeatures() : undefined;
  // Ctrl-C ends the linter that runs meanwhile, too, and that is where it is noticed.
  compiling?.catch(() => {});
  for (const { name, part, command, args, cwd } of checks()) {
    if (!parts.includes(part)) continue;
    if (part !== "lint") await compiling;
    console.log(`\n== ${name}`);
    const startedAt = Date.now();
    const code = await run(command, args, { cwd });
    results.push({ name, code, milliseconds: Date.now() - startedAt });
  }
  return results;
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
