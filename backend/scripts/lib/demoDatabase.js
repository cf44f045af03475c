import fs from "node:fs";
import path from "node:path";
import { runQuietly } from "./children.js";
import { SetupError } from "./errors.js";
import { BACKEND, fromRoot } from "./layout.js";

/** @typedef {{ fixture_id: number, home_team: string, away_team: string }} UpcomingFixture */

const script = (/** @type {string} */ name) => path.join(BACKEND, "scripts", name);

/**
 * Creates the demo database where there is none.
 * @param {import("./settings.js").Settings} settings
 * @param {import("./terminal.js").Say} report
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError}
 */
export async function ensureDatabase({ databasePath, isDefaultDatabase }, report) {
  if (fs.existsSync(databasePath)) return false;
  if (!isDefaultDatabase) {
    throw new SetupError(`DB_PATH names ${databasePath}, which does not exist: mend it in the environment or ml-service/.env.`);
  }
  const { code, output } = await runQuietly(process.execPath, [script("db-demo.js")], { cwd: BACKEND, onLine: report });
  if (code !== 0) throw new SetupError(`The demo database ${fromRoot(databasePath)} could not be made: ${output}`);
  return true;
}

/**
 * @param {string} databasePath
 * @returns {Promise<UpcomingFixture | null>} the next one
 */
export async function nextFixture(databasePath) {
  const args = [script("db-fixtures.js"), "--upcoming", "--json", "--limit", "1", "--db", databasePath];
  const { code, stdout } = await runQuietly(process.execPath, args, { cwd: BACKEND });
  if (code !== 0) return null;
  const [fixture] = JSON.parse(stdout);
  return fixture ?? null;
}
