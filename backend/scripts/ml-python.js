/**
 * Runs the ML service's own Python: `node backend/scripts/ml-python.js -m benchmarks.speed`. A module runs in ml-service/, a
 * script where npm was called, since that is where its user means files to be.
 */
import fs from "node:fs";
import path from "node:path";
import { run } from "./lib/children.js";
import { runScript, SetupError } from "./lib/errors.js";
import { inVenv, ML_SERVICE } from "./lib/layout.js";

await runScript(async () => {
  const python = inVenv("python");
  if (!fs.existsSync(python)) throw new SetupError("The Python environment is not there yet: run `npm run ml:start` first.");
  const [first, ...rest] = process.argv.slice(2);
  const isScript = first?.endsWith(".py");
  const args = isScript ? [path.join(ML_SERVICE, first), ...rest] : process.argv.slice(2);
  const cwd = isScript ? process.env.INIT_CWD || process.cwd() : ML_SERVICE;
  // Idle OpenMP threads that spin take the other core's time for nothing.
  return run(python, args, { cwd, env: { ...process.env, OMP_WAIT_POLICY: "passive" } });
});
