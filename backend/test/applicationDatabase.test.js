import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { connect } from "../src/db/schema.js";
import { openExported, saveExport, writeApplicationDatabase } from "./applicationDatabase.js";
import { FORMS } from "./applicationForms.js";
import { rows, temporaryFolder } from "./dbScripts.js";

const NOW = Date.UTC(2026, 10, 28, 12);
const CHANGE_COUNTER_AT = 24;

/** One database a form for all tests, which only read it. */
const folder = mkdtempSync(join(tmpdir(), "statfoot-forms-"));
after(() => rmSync(folder, { recursive: true, force: true }));
/** @type {Map<string, Awaited<ReturnType<typeof writeApplicationDatabase>>>} */
const specials = new Map();

/** @param {string} form */
async function written(form) {
  const path = join(folder, `${form}.sqlite`);
  const special = specials.get(form) ?? (await writeApplicationDatabase(form, path, NOW));
  specials.set(form, special);
  return { path, special };
}

/** @param {string} path @param {string} sql */
const one = (path, sql) => rows(path, sql)[0][0];

for (const form of Object.keys(FORMS).filter((name) => FORMS[name].saving !== "left open")) {
  test(`a database in the form ${form} holds some 2,000 results, 30 matches ahead and prices without an index of their own`, async () => {
    const { path } = await written(form);
    const finished = Number(one(path, "SELECT COUNT(*) FROM V3_Fixtures WHERE status_short IN ('FT', 'AET', 'PEN')"));
    const ahead = Number(one(path, `SELECT COUNT(*) FROM V3_Fixtures WHERE timestamp > ${NOW / 1000} AND status_short IN ('NS', 'TBD')`));
    assert.ok(finished > 1900 && finished < 2100, `${finished}`);
    assert.ok(ahead >= 25 && ahead <= 35, `${ahead}`);
    const indexes = rows(
      path,
      "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name LIKE 'V3_Odds%' AND sql IS NOT NULL",
    ).flat();
    assert.deepEqual(
      indexes.sort(),
      FORMS[form].schema.some((sql) => sql.includes("odds_of_line")) ? ["odds_of_line", "odds_without_line"] : [],
    );
    assert.equal(one(path, "PRAGMA journal_mode"), FORMS[form].driver === "libsql" ? "wal" : "delete");
    assert.deepEqual(rows(path, "PRAGMA integrity_check"), [["ok"]]);
  });
}

test("a thousand leagues have no match, dozens of them one name, and API ids are other leagues' internal ones", async () => {
  const { path } = await written("recent-odds");
  const named = "SELECT COUNT(*) FROM V3_Leagues WHERE name = 'Premier League'";
  assert.ok(Number(one(path, named)) > 100);
  assert.equal(one(path, "SELECT COUNT(*) FROM V3_Leagues WHERE league_id NOT IN (SELECT league_id FROM V3_Fixtures)"), 1000);
  assert.notEqual(one(path, "SELECT league_id FROM V3_Leagues WHERE api_id = 39"), 39);
});

test("a small API id is another match's internal id", async () => {
  const { path, special } = await written("recent-odds");
  const { api_id, fixture_id } = special.small_api_id;
  assert.notEqual(api_id, fixture_id);
  assert.equal(one(path, `SELECT COUNT(*) FROM V3_Fixtures WHERE fixture_id = ${api_id}`), 1);
});

test("a line that is NULL adds a row at each save where the key alone is unique, and none with partial indexes", async () => {
  const most = `SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM V3_Odds GROUP BY fixture_id, bookmaker_id, market_id)`;
  for (const [form, expected] of /** @type {const} */ ([
    ["unique-lines", 3],
    ["flattened", 3],
    ["partial-indexes", 1],
  ])) {
    const { path } = await written(form);
    assert.equal(one(path, most), expected, form);
  }
});

test("of several prices of one second the highest id has the last price", async () => {
  for (const form of ["unique-lines", "partial-indexes"]) {
    const { path, special } = await written(form);
    const match = `fixture_id = ${special.several_prices_of_one_second.fixture_id} AND market_id = 1`;
    const history = rows(
      path,
      `SELECT value_home_over, capture_timestamp FROM V3_Odds_History WHERE ${match} ORDER BY capture_timestamp DESC, id DESC`,
    );
    assert.equal(history[0][1], history[1][1], form);
    assert.notEqual(history[0][0], history.at(-1)?.[0], form);
    assert.deepEqual(one(path, `SELECT value_home_over FROM V3_Odds WHERE ${match} ORDER BY id DESC`), history[0][0], form);
  }
});

test("prices under API ids are under no fixture's id, and foreign keys would have refused them", async (t) => {
  const { path, special } = await written("api-ids");
  for (const table of ["V3_Odds", "V3_Odds_History"]) {
    assert.equal(one(path, `SELECT COUNT(*) FROM ${table} WHERE fixture_id IN (SELECT fixture_id FROM V3_Fixtures)`), 0);
    assert.equal(one(path, `SELECT COUNT(*) FROM ${table} WHERE fixture_id NOT IN (SELECT api_id FROM V3_Fixtures)`), 0);
  }
  const strict = await written("partial-indexes");
  const db = connect(strict.path);
  t.after(() => db.close());
  const insert = db.prepare("INSERT INTO V3_Odds (fixture_id, bookmaker_id, market_id) VALUES (?, 8, 1)");
  assert.throws(() => insert.run(special.coming.api_id), /FOREIGN KEY/);
});

test("odds of the last days alone leave most matches without", async () => {
  const { path } = await written("recent-odds");
  const priced = Number(one(path, "SELECT COUNT(DISTINCT fixture_id) FROM V3_Odds"));
  assert.ok(priced > 100 && priced < 250, `${priced}`);
});

test("a backend that was killed leaves everything in its write-ahead log", (t) => {
  const path = join(temporaryFolder(t), "left-open.sqlite");
  const script = fileURLToPath(new URL("applicationDatabase.js", import.meta.url));
  const { signal, stdout } = spawnSync(process.execPath, [script, dirname(path), "left-open"], { encoding: "utf8" });
  assert.equal(signal, "SIGKILL");
  assert.ok(JSON.parse(stdout)["left-open"].coming.fixture_id > 0);
  assert.ok(readFileSync(path).length < readFileSync(`${path}-wal`).length);
  assert.ok(Number(one(path, "SELECT COUNT(*) FROM V3_Fixtures")) > 1900);
});

for (const [version, counts] of /** @type {const} */ ([
  ["sql.js-old", true],
  ["sql.js", false],
])) {
  test(`an export of ${version} ${counts ? "counts its change" : "has the change counter of the one before"}`, async (t) => {
    const { path } = await written("unique-lines");
    const other = join(temporaryFolder(t), "copy.sqlite");
    copyFileSync(path, other);
    const counters = [];
    for (const goals of [3, 4]) {
      const db = await openExported(version, readFileSync(other));
      db.run("UPDATE V3_Fixtures SET goals_home = ? WHERE fixture_id = 1", [goals]);
      saveExport(db, other, "in place");
      db.close();
      counters.push(readFileSync(other).readUInt32BE(CHANGE_COUNTER_AT));
      assert.equal(one(other, "SELECT goals_home FROM V3_Fixtures WHERE fixture_id = 1"), goals);
    }
    assert.equal(counters[0] !== counters[1], counts);
  });
}
