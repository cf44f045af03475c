import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { DATA, Importing, run } from "./dbScripts.js";
import { writeSeasons } from "./seasonFiles.js";

test("two seasons of two divisions import whole, and again without a change", (t) => {
  const importing = new Importing(t);
  // Real ones where they are, made-up ones of the same size elsewhere.
  const folder = existsSync(DATA) ? DATA : writeSeasons(join(dirname(importing.database), "seasons"));
  const files = ["2023-24/SC0.csv", "2019-20/I1.csv", "2023-24/I1.csv", "2019-20/SC0.csv"].map((name) => join(folder, name));
  const first = run("db-import", ...files, "--db", importing.database);
  assert.match(first.stdout, /4 files, 1,167 rows read.*\nmatches: 1,167 new, 0 updated, 0 unchanged, 0 refused/);
  const again = run("db-import", ...files.reverse(), "--db", importing.database);
  assert.match(again.stdout, /matches: 0 new, 0 updated, 1,167 unchanged, 0 refused/);
  const seasons = importing.rows("SELECT name, season_year, COUNT(*) FROM V3_Fixtures JOIN V3_Leagues USING (league_id) GROUP BY 1, 2");
  assert.deepEqual(seasons, [
    ["Premiership", 2019, 179],
    ["Premiership", 2023, 228],
    ["Serie A", 2019, 380],
    ["Serie A", 2023, 380],
  ]);
  assert.deepEqual(
    importing.rows("SELECT COUNT(*) FROM V3_Odds_History h JOIN V3_Fixtures f USING (fixture_id) WHERE h.capture_timestamp >= f.date"),
    [[0]],
  );
});
