/** Runs the ML service's own Python in ml-service/: `node backend/scripts/ml-python.js -m benchmarks.speed`. */
import fs from "node:fs";
import { run } from "./lib/children.js";
import { runScript, SetupError } from "./lib/errors.js";
import { inVenv, ML_SERVICE } from "./lib/layout.js";

await runScript(async () => {
  const python = inVenv("python");
  if (!fs.existsSync(python)) throw new SetupError("The Python environment is not there yet: run `npm run ml:start` first.");
  // Idle OpenMP threads that spin take the other core's time for nothing.
  return run(python, process.argv.slice(2), { cwd: ML_SERVICE, env: { ...process.env, OMP_WAIT_POLICY: "passive" } });
});
