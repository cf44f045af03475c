import { runQuietly } from "./children.js";
import { inVenv, ML_SERVICE } from "./layout.js";

/** What the compilation takes: it can begin while the other packages are still on their way. */
export const COMPILER = ["numba", "pandas"];

/**
 * Compiles beside other work what the first start, training or test would wait for, half a minute. The service compiles it
 * itself where this fails, and tells of what is wrong.
 * @returns {Promise<boolean>} whether it is done
 */
export async function compileAhead() {
  const { code } = await runQuietly(inVenv("python"), ["-m", "models.compile"], { cwd: ML_SERVICE });
  return code === 0;
}
