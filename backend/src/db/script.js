import { basename, dirname } from "node:path";
import { parseArgs } from "node:util";
import { ScriptError, UsageError } from "./errors.js";

export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 };

/**
 * @typedef {{ type: 'string' | 'boolean' }} OptionType
 * @typedef {{ options: Record<string, string | boolean | undefined>, files: string[] }} Arguments
 */

/**
 * Reads a command line; `--help` and `--db` belong to every script.
 * @param {string[]} args without node and the script's own path
 * @param {Record<string, OptionType>} options
 * @param {boolean} allowFiles whether arguments without `--` are wanted
 * @returns {Arguments}
 * @throws {UsageError} for an option that does not exist or lacks its value
 */
export function readArguments(args, options, allowFiles = false) {
  const all = { help: { type: /** @type {const} */ ("boolean") }, db: { type: /** @type {const} */ ("string") }, ...options };
  try {
    const { values, positionals } = parseArgs({ args, options: all, allowPositionals: allowFiles });
    return { options: /** @type {Arguments['options']} */ ({ ...values }), files: positionals };
  } catch (error) {
    const [line] = /** @type {Error} */ (error).message.split(/\. |\n/);
    throw new UsageError(`${line}; --help lists the options`, { cause: error });
  }
}

/**
 * @param {unknown} error
 * @returns {error is Error} whether its message is meant for people: ours, SQLite's or the file system's
 */
function isForPeople(error) {
  if (!(error instanceof Error)) return false;
  return error instanceof ScriptError || error.name === "SqliteError" || "syscall" in error;
}

/**
 * Who listens may have heard enough, as `head` has; the work goes on.
 * @param {NodeJS.ErrnoException} error
 */
function ignoreClosed(error) {
  if (error.code !== "EPIPE") throw error;
}

/**
 * Runs a script's body and turns what it throws into one line on stderr and an exit code: 1 failed, 2 wrong command line.
 * @param {string} name as npm knows it, such as `db:import`
 * @param {string} help printed for `--help`
 * @param {(args: string[]) => Promise<void | number> | void | number} body may return an exit code
 */
export async function runScript(name, help, body) {
  const args = process.argv.slice(2);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosed);
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(help);
    return;
  }
  try {
    process.exitCode = (await body(args)) ?? EXIT.ok;
  } catch (error) {
    if (!isForPeople(error)) throw error;
    process.stderr.write(`${name}: ${error.message.split("\n")[0]}\n`);
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

/**
 * @param {string} path
 * @returns {string} the file's name with its folder, enough to recognise it in a message
 */
export function shortPath(path) {
  const folder = basename(dirname(path));
  return folder && folder !== "." ? `${folder}/${basename(path)}` : basename(path);
}
