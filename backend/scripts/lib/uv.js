import fs from "node:fs";
import path from "node:path";
import { ask, runQuietly } from "./children.js";
import { ML_SERVICE } from "./layout.js";

/** The one for which every package has its specified version. */
const VERSION = "3.11";
/** Holds uv, where pip brought it, and its Python: nothing outside the project changes. */
const FOLDER = path.join(ML_SERVICE, ".python");

/**
 * Brings a CPython with uv, which is itself brought with pip where it is not installed.
 * @param {string[]} pythons some with pip, of whatever version
 * @param {(text: string) => void} say
 * @returns {Promise<string | null>} its path, null where none can be had
 */
export async function fetchPython(pythons, say) {
  const uv = await findUv(pythons, say);
  if (uv === null) return null;
  const env = { ...process.env, UV_PYTHON_INSTALL_DIR: path.join(FOLDER, "versions") };
  const isThere = ask(uv, ["python", "find", "--managed-python", VERSION], env);
  if (isThere.ok) return isThere.stdout.trim();
  say(`no Python here will do: uv brings CPython ${VERSION} into ml-service/.python`);
  const { code } = await runQuietly(uv, ["python", "install", "--no-bin", VERSION], { env });
  if (code !== 0) return null;
  const { ok, stdout } = ask(uv, ["python", "find", "--managed-python", VERSION], env);
  return ok ? stdout.trim() : null;
}

/**
 * @param {string[]} pythons
 * @param {(text: string) => void} say
 * @returns {Promise<string | null>}
 */
async function findUv(pythons, say) {
  if (ask("uv", ["--version"]).ok) return "uv";
  for (const python of pythons) {
    const present = programIn(FOLDER);
    if (present && ask(present, ["--version"]).ok) return present;
    say("no Python here will do: pip brings uv into ml-service/.python");
    await runQuietly(python, ["-m", "pip", "install", "--quiet", "--upgrade", "--only-binary=:all:", "--target", FOLDER, "uv"]);
  }
  return programIn(FOLDER);
}

/** @param {string} folder where pip puts programs differs between systems */
function programIn(folder) {
  const places = ["bin/uv", "bin/uv.exe", "Scripts/uv.exe"].map((name) => path.join(folder, name));
  return places.find((place) => fs.existsSync(place)) ?? null;
}
