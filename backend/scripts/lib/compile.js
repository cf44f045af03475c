import { runQuietly } from "./children.js";
import { inVenv, ML_SERVICE } from "./layout.js";

/**
 * Compiles the pass over the matches beside other work: half a minute that the first start or test would wait for. The
 * service compiles it itself where this fails, and tells of what is wrong.
 */
export const compileFeatures = () => runQuietly(inVenv("python"), ["-m", "features.compile"], { cwd: ML_SERVICE });
