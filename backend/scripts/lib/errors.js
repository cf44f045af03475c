/** What hinders the start, in one line: what is wrong and what to do. */
export class SetupError extends Error {
  name = "SetupError";
}

/** The person at the keyboard, or the system, asked to stop. */
export class Interrupted extends Error {
  name = "Interrupted";
}

/**
 * Runs a script's task and ends the process with its exit code; a failure is one line.
 * @param {() => Promise<number>} task resolves to the exit code
 */
export async function runScript(task) {
  try {
    process.exitCode = await task();
  } catch (error) {
    if (error instanceof Interrupted) process.exitCode = 130;
    else if (error instanceof SetupError) fail(error.message);
    else if (errorCode(error) === "ENOSPC") fail(diskFull(error instanceof Error ? error.message : ""));
    else throw error;
  }
}

/** @param {string} message */
function fail(message) {
  console.error(`\nError: ${message}`);
  process.exitCode = 1;
}

/** @param {string} [detail] */
export function diskFull(detail = "") {
  return `The disk is full${detail && ` (${detail})`}: free about 1.5 GB and run this again.`;
}

/** @param {unknown} error */
export function errorCode(error) {
  return error instanceof Error ? Reflect.get(error, "code") : undefined;
}
