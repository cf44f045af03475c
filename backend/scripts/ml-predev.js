/** Runs before `npm run ml:dev`: gives uvicorn's reloader the package that lets it rest. */
import fs from "node:fs";
import { runScript, SetupError } from "./lib/errors.js";
import { inVenv } from "./lib/layout.js";
import { ensureWatcher } from "./lib/venv.js";

await runScript(async () => {
  if (!fs.existsSync(inVenv("python"))) {
    throw new SetupError("There is no ml-service/venv yet: run npm run ml:start, or the set-up in README.ml.md.");
  }
  if (!(await ensureWatcher())) {
    console.log("watchfiles could not be installed: --reload works without it and takes a part of a core at rest");
  }
  return 0;
});
