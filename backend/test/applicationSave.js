/**
 * Saves results as the real application does with sql.js, for tests: `node applicationSave.js DATABASE.sqlite`.
 * Each line of stdin is one, `{"with": "sql.js", "saving": "in place", "fixture": 7, "goals": [3, 0]}`; a line of stdout says
 * that it is saved.
 */

import { copyFileSync, readFileSync, rmSync } from "node:fs";
import readline from "node:readline";
import { openExported, saveExport } from "./applicationDatabase.js";

/** @typedef {{ with: string, saving: string, fixture: number, goals: [number, number] }} Result */

const [path] = process.argv.slice(2);

/** @param {Result} result */
async function save({ with: version, saving, fixture, goals: [home, away] }) {
  const db = await openExported(version, readFileSync(path));
  db.run(
    "UPDATE V3_Fixtures SET goals_home = :h, score_fulltime_home = :h, goals_away = :a, score_fulltime_away = :a WHERE fixture_id = :id",
    {
      ":h": home,
      ":a": away,
      ":id": fixture,
    },
  );
  if (saving === "by copy") {
    const copy = `${path}.copy`;
    saveExport(db, copy, "in place");
    copyFileSync(copy, path);
    rmSync(copy);
  } else {
    saveExport(db, path, saving);
  }
  db.close();
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  await save(JSON.parse(line));
  process.stdout.write("saved\n");
}
