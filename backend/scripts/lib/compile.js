import { runQuietly } from "./children.js";
import { inVenv, ML_SERVICE } from "./layout.js";

/** What the compilation takes: it can begin while the other packages are still on their way. */
export const COMPILER = ["numba", "pandas"];

/**
 * Compiles the pass over the matches beside other work: half a minute that the first start or test would wait for. The
 * service compiles it itself where this fails, and tells of what is wrong.
 * @returns {Promise<boolean>} whether it is done
 */
export async function compileFeatures() {
  const { code } = await runQuietly(inVenv("python"), ["-m", "features.compile"], { cwd: ML_SERVICE });
  return code === 0;
}
