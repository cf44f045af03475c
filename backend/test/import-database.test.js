import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DEMO_APPLICATION_ID, closeDatabase, connect, openDatabase } from "../src/db/schema.js";
import { importFiles } from "../src/import/importer.js";
import { Importing, rows, run, scriptPath } from "./dbScripts.js";

const FILE = ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "E0,12/08/2023,Brighton,Luton,4,1"];

/** @param {string} path */
const digest = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

/**
 * @param {string} path
 * @param {string} sql
 */
function prepareDatabase(path, sql) {
  const db = openDatabase(path);
  db.exec(sql);
  closeDatabase(db);
}

test("real matches are not mixed into a demo database", (t) => {
  const importing = new Importing(t);
  prepareDatabase(importing.database, `PRAGMA application_id = ${DEMO_APPLICATION_ID}`);
  const before = digest(importing.database);
  const { code, stderr } = importing.importByScript("E0.csv", FILE);
  assert.equal(code, 1);
  assert.match(stderr, /holds the demo's simulated matches; --fresh replaces it/);
  assert.equal(digest(importing.database), before);
});

test("--fresh puts a new database in the place of the demo", (t) => {
  const importing = new Importing(t);
  prepareDatabase(importing.database, `PRAGMA application_id = ${DEMO_APPLICATION_ID}; INSERT INTO V3_Fixtures (api_id) VALUES (1)`);
  const { code } = importing.importByScript("E0.csv", FILE, "--fresh");
  assert.equal(code, 0);
  assert.deepEqual(readdirSync(importing.folder).sort(), ["E0.csv", "database.sqlite"]);
  assert.equal(importing.fixtures().length, 1);
  assert.deepEqual(importing.rows("PRAGMA application_id"), [[0]]);
});

test("--fresh does not replace what football-data.co.uk's files cannot bring back", (t) => {
  const importing = new Importing(t);
  prepareDatabase(importing.database, "INSERT INTO V3_Fixtures (api_id) VALUES (1208021)");
  const { code, stderr } = importing.importByScript("E0.csv", FILE, "--fresh");
  assert.equal(code, 1);
  assert.match(stderr, /holds 1 fixtures of another source; move it away first/);
  assert.deepEqual(importing.rows("SELECT api_id FROM V3_Fixtures"), [[1208021]]);
});

for (const [kind, schema] of Object.entries({ "another program's database": "", "a V3 database": "CREATE TABLE V3_Fixtures (api_id);" })) {
  test(`--fresh does not replace ${kind} that holds a table which no import makes`, (t) => {
    const importing = new Importing(t);
    const db = connect(importing.database);
    db.exec(`${schema} CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('https://example.org')`);
    db.close();
    const { code, stderr } = importing.importByScript("E0.csv", FILE, "--fresh");
    assert.equal(code, 1);
    assert.match(stderr, /holds tables that no import makes \(bookmarks\); move it away first/);
    assert.deepEqual(importing.rows("SELECT url FROM bookmarks"), [["https://example.org"]]);
  });
}

test("--fresh replaces what an import made", (t) => {
  const importing = new Importing(t);
  importing.importByScript("E0.csv", FILE);
  const { code } = importing.importByScript(
    "E1.csv",
    ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "E1,05/08/2023,Leeds,Cardiff,2,2"],
    "--fresh",
  );
  assert.equal(code, 0);
  assert.deepEqual(
    importing.fixtures().map(([, home]) => home),
    ["Leeds"],
  );
});

test("files of one --fresh import that overlap give each match and price once, in a database with every index", (t) => {
  const importing = new Importing(t);
  const [header, row] = [`${FILE[0]},AvgH,AvgD,AvgA`, `${FILE[1]},1.3,5,9`];
  importing.file("files/a.csv", [header, row]);
  importing.file("files/b.csv", [header, row.replace("1.3", "1.4"), row.replace("12/08", "19/08").replace("Luton", "Leeds")]);
  const { stdout } = importing.importFolder("files", "--fresh");
  assert.match(stdout, /matches: 2 new, 1 updated/);
  assert.deepEqual(importing.rows("SELECT value_home_over FROM V3_Odds_History ORDER BY id").flat(), [1.4, 1.3]);
  assert.deepEqual(importing.rows("SELECT value_home_over FROM V3_Odds ORDER BY id").flat(), [1.4, 1.3]);
  const schema = "SELECT type, name, sql FROM sqlite_master ORDER BY name";
  closeDatabase(openDatabase(join(importing.folder, "other.sqlite")));
  assert.deepEqual(importing.rows(schema), rows(join(importing.folder, "other.sqlite"), schema));
});

test("what the application writes between two files of an import is seen", async (t) => {
  const importing = new Importing(t);
  const files = [importing.file("E0.csv", FILE), importing.file("SP1.csv", [FILE[0], "SP1,12/08/2023,Betis,Sevilla,2,1"])];
  const db = openDatabase(importing.database);
  const application = openDatabase(importing.database);
  const onProgress = (/** @type {number} */ done) => {
    if (done === 1) application.exec("INSERT INTO V3_Countries (country_id, name, code) VALUES (99, 'Spain', 'ES')");
  };
  await importFiles(db, files, { now: Date.now(), onProgress });
  application.close();
  closeDatabase(db);
  assert.deepEqual(importing.rows("SELECT country_id FROM V3_Leagues ORDER BY league_id").flat(), [1, 99]);
});

test("--fresh with no file that can be read replaces nothing", (t) => {
  const importing = new Importing(t);
  importing.importByScript("E0.csv", FILE);
  const { code, stderr } = importing.importByScript("notes.csv", "hello\n", "--fresh");
  assert.equal(code, 1);
  assert.match(stderr, /no file could be read, so nothing is replaced/);
  assert.equal(importing.fixtures().length, 1);
});

test("API-Football's leagues and teams of the same names stay apart from the imported ones", (t) => {
  const importing = new Importing(t);
  prepareDatabase(
    importing.database,
    `
    INSERT INTO V3_Countries (name) VALUES ('England');
    INSERT INTO V3_Leagues (api_id, name, country_id) VALUES (39, 'Premier League', 1);
    INSERT INTO V3_Teams (api_id, name, country) VALUES (51, 'Brighton', 'England')`,
  );
  importing.importByScript("E0.csv", FILE);
  assert.deepEqual(importing.rows("SELECT COUNT(*) FROM V3_Fixtures WHERE league_id = 1 OR home_team_id = 1"), [[0]]);
  assert.deepEqual(importing.rows("SELECT COUNT(*), SUM(api_id < 0) FROM V3_Teams WHERE name = 'Brighton'"), [[2, 1]]);
  assert.deepEqual(importing.rows("SELECT COUNT(*) FROM V3_Countries WHERE name = 'England'"), [[1]]);
});

test("a file that cannot be read leaves no database behind where there was none", (t) => {
  const importing = new Importing(t);
  const { code } = importing.importByScript("E0.csv", "nothing of the kind\n");
  assert.equal(code, 1);
  assert.equal(existsSync(importing.database), false);
});

test("every .csv of a folder is read, at any depth, whatever else lies there", (t) => {
  const importing = new Importing(t);
  importing.file("data/2023-24/E0.csv", FILE);
  importing.file("data/2022-23/E0.CSV", [FILE[0], "E0,13/08/2022,Brighton,Luton,1,1"]);
  importing.file("data/README.md", "not a season file");
  const { code, stdout } = importing.importFolder("data");
  assert.equal(code, 0);
  assert.match(stdout, /^2 files, 2 rows read/);
});

test("links that lead in circles or nowhere do not keep the other files of a folder out", (t) => {
  const importing = new Importing(t);
  importing.file("data/2023-24/E0.csv", FILE);
  symlinkSync("..", join(importing.folder, "data/2023-24/back"));
  symlinkSync("circle.csv", join(importing.folder, "data/circle.csv"));
  symlinkSync("nowhere", join(importing.folder, "data/nowhere.csv"));
  const { code, stdout } = importing.importFolder("data");
  assert.equal(code, 1);
  assert.match(stdout, /^1 file, 1 row read/);
  assert.match(stdout, /circle\.csv  cannot be read \(ELOOP\)\n.*nowhere\.csv  cannot be read \(ENOENT\)/);
});

const WRONG = /** @type {[string, string[], number, RegExp][]} */ ([
  ["no file", [], 2, /name at least one file or folder/],
  ["a file that is not there", ["nowhere.csv"], 1, /there is no file or folder nowhere.csv/],
  ["an option that does not exist", ["--frehs", "a.csv"], 2, /Unknown option '--frehs'/],
  ["an option without its value", ["--db"], 2, /--db/],
]);

for (const [mistake, args, expected, message] of WRONG) {
  test(`${mistake} is answered in one line`, () => {
    const { code, stdout, stderr } = run("db-import", ...args);
    assert.equal(code, expected);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.match(stderr, /^db:import: [^\n]*\n$/);
  });
}

test("a folder, a text file and a folder that is not there are no database", (t) => {
  const importing = new Importing(t);
  const file = importing.file("E0.csv", FILE);
  mkdirSync(join(importing.folder, "folder"));
  const databases = [
    importing.file("text.sqlite", "text"),
    join(importing.folder, "folder"),
    join(importing.folder, "nowhere", "a.sqlite"),
  ];
  for (const database of databases) {
    const { code, stderr } = run("db-import", file, "--db", database);
    assert.equal(code, 1);
    assert.match(stderr, /^(db:import: [^\n]*(is a folder|cannot be read as a database|there is no folder)[^\n]*|100%.*)\n/);
  }
});

test("an interrupted import keeps the files it has taken whole, and goes on when it is run again", async (t) => {
  const importing = new Importing(t);
  const days = Array.from({ length: 28 }, (_, i) => String(i + 1).padStart(2, "0"));
  for (const league of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
    importing.file(`files/X${league}.csv`, [FILE[0], ...days.map((day, i) => `X${league},${day}/09/2023,Home${i},Away${i},1,0`)]);
  }
  const files = join(importing.folder, "files");
  const child = spawn(process.execPath, [scriptPath("db-import"), files, "--db", importing.database], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  await once(child.stderr, "data");
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  assert.equal(code, 130);
  const matches = importing.fixtures().length;
  assert.ok(matches > 0 && matches < 26 * days.length && matches % days.length === 0, `${matches}`);
  const { stdout } = importing.importFolder("files");
  assert.match(stdout, new RegExp(`${26 * days.length - matches} new, 0 updated, ${matches} unchanged`));
});

test("--help tells the options and does nothing", () => {
  const { code, stdout } = run("db-import", "--help");
  assert.equal(code, 0);
  assert.match(stdout, /--fresh/);
});
