/** What a person running a script is told in one line: the message says what is wrong and, where there is a way, what to do. */
export class ScriptError extends Error {
  name = "ScriptError";
}

/** The command line itself is wrong. */
export class UsageError extends ScriptError {
  name = "UsageError";
}
