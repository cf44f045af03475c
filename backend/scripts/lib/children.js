import { spawn, spawnSync } from "node:child_process";
import readline from "node:readline";
import { errorCode, Interrupted } from "./errors.js";

/**
 * @typedef {import("node:child_process").ChildProcess} ChildProcess
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Ending
 */

const KILL_AFTER_MS = 8000;
// npm passes on the Ctrl-C that the terminal has sent already.
const SAME_INTERRUPT_MS = 1000;
// A child in the same process group has its own SIGINT by then: of two signals at once, either may be seen first.
const OWN_INTERRUPT_MS = 200;

/** Those that run, with the signal that ends each in order where that is not the one that came. @type {Map<ChildProcess, NodeJS.Signals | undefined>} */
const running = new Map();
let interruptedAt = 0;

export const wasInterrupted = () => interruptedAt > 0;

/** @param {NodeJS.Signals} signal */
function onSignal(signal) {
  if (wasInterrupted() && Date.now() - interruptedAt < SAME_INTERRUPT_MS) return;
  const isSecond = wasInterrupted();
  interruptedAt = Date.now();
  if (running.size === 0) process.exit(130);
  for (const [child, ending] of running) {
    if (isSecond) child.kill("SIGKILL");
    else if (ending && signal === "SIGINT") setTimeout(() => stop(child, ending), OWN_INTERRUPT_MS);
    else stop(child, ending ?? signal);
  }
}

/**
 * Tells a child to stop and kills it where it does not.
 * @param {ChildProcess} child
 * @param {NodeJS.Signals} [signal]
 */
export function stop(child, signal = "SIGTERM") {
  // The terminal sends its Ctrl-C to the children too; a second one would cut their orderly end short.
  if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS).unref();
}

for (const signal of /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, onSignal);

let isHeard = true;

/** @param {Error} error */
function onUnheard(error) {
  if (errorCode(error) !== "EPIPE") throw error;
  if (isHeard) onSignal("SIGHUP");
  isHeard = false;
}

// Nobody reads what this says, as after `| head`: the same as a terminal that closes.
for (const stream of [process.stdout, process.stderr]) stream.on("error", onUnheard);

/**
 * Starts a child that ends no later than this process.
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions & { endingSignal?: NodeJS.Signals }} [options] `endingSignal` where any
 *   other would not let it end in order
 * @returns {{ child: ChildProcess, ended: Promise<Ending> }} `ended` rejects where the program cannot be started
 */
export function start(command, args, { endingSignal, ...options } = {}) {
  const child = spawn(command, args, { stdio: "inherit", windowsHide: true, ...options });
  running.set(child, endingSignal);
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  }).finally(() => running.delete(child));
  return { child, ended };
}

/**
 * Runs a child to its end, on this terminal.
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>} its exit code, as a shell would give it
 * @throws {Interrupted}
 */
export async function run(command, args, options) {
  const ending = await start(command, args, options).ended;
  if (wasInterrupted()) throw new Interrupted();
  return ending.code ?? 1;
}

/**
 * Runs a child and reads what it says.
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions & { onLine?: (line: string) => void }} [options]
 * @returns {Promise<{ code: number, output: string, stdout: string }>} `output` is stdout and stderr as they came, then
 *   "killed by SIGNAL" where that ended it
 * @throws {Interrupted}
 */
export async function runQuietly(command, args, { onLine, ...options } = {}) {
  const { child, ended } = start(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  /** @type {string[]} */
  const lines = [];
  /** @type {string[]} */
  const stdoutLines = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    readline.createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (stream === child.stdout) stdoutLines.push(line);
      onLine?.(line);
    });
  }
  const ending = await ended;
  if (wasInterrupted()) throw new Interrupted();
  if (ending.signal) lines.push(`killed by ${ending.signal}`);
  return { code: ending.code ?? 1, output: lines.join("\n"), stdout: stdoutLines.join("\n") };
}

/**
 * Asks a program something short.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ ok: boolean, stdout: string }} not ok where it does not exist, fails or takes over 20 s
 */
export function ask(command, args, env) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", timeout: 20_000, windowsHide: true, env });
  return { ok: status === 0, stdout: stdout ?? "" };
}
