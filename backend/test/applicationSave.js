/**
 * Saves a result as the real application does with sql.js, for tests:
 * `node applicationSave.js --with sql.js --saving "in place" --fixture 7 --goals 3-0 DATABASE.sqlite`.
 */

import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { openExported, saveExport } from "./applicationDatabase.js";

const option = /** @type {const} */ ({ type: "string", default: "" });
const { values, positionals } = parseArgs({
  options: { with: option, saving: option, fixture: option, goals: option },
  allowPositionals: true,
});
const [path] = positionals;
const [home, away] = values.goals.split("-");

const db = await openExported(values.with, readFileSync(path));
db.run("UPDATE V3_Fixtures SET goals_home = :h, score_fulltime_home = :h, goals_away = :a, score_fulltime_away = :a WHERE fixture_id = :id", {
  ":h": Number(home),
  ":a": Number(away),
  ":id": Number(values.fixture),
});
if (values.saving === "by copy") {
  const copy = `${path}.copy`;
  saveExport(db, copy, "in place");
  copyFileSync(copy, path);
  rmSync(copy);
} else {
  saveExport(db, path, values.saving);
}
