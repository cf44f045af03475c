import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { rows, run, scriptPath, temporaryFolder } from "./dbScripts.js";

const TODAY = "2025-03-12";

/** One demo for all tests that only read it. */
const folder = mkdtempSync(join(tmpdir(), "statfoot-demo-"));
const demo = join(folder, "demo.sqlite");
/** @type {import("./dbScripts.js").Ran} */
let made;

before(() => {
  made = run("db-demo", "--db", demo, "--today", TODAY);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} sql */
const one = (sql) => rows(demo, sql)[0];

test("the demo has four countries with two divisions and a cup, over twelve seasons", () => {
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /demo\.sqlite: \d+,\d+ simulated matches, \d+ MB/);
  assert.deepEqual(rows(demo, "SELECT type, COUNT(*), COUNT(DISTINCT country_id) FROM V3_Leagues GROUP BY type"), [
    ["Cup", 4, 4],
    ["League", 8, 4],
  ]);
  assert.deepEqual(one("SELECT COUNT(DISTINCT season_year) FROM V3_Fixtures"), [12]);
});

test("a demo is not overwritten, unless --force says so", () => {
  const { code, stderr } = run("db-demo", "--db", demo);
  assert.equal(code, 1);
  assert.match(stderr, /^db:demo: [^\n]* is there already; --force [^\n]*\n$/);
});

test("what lies before today is over, and the calendar runs on for eight months", () => {
  assert.deepEqual(one(`SELECT COUNT(*) FROM V3_Fixtures WHERE date < '${TODAY}' AND status_short IN ('NS', 'TBD')`), [0]);
  assert.deepEqual(
    one(`SELECT COUNT(*) FROM V3_Fixtures WHERE date >= '${TODAY}' AND (status_short NOT IN ('NS', 'TBD') OR goals_home IS NOT NULL)`),
    [0],
  );
  const [[last]] = rows(demo, "SELECT MAX(date) FROM V3_Fixtures");
  assert.ok(String(last) > "2025-11-12", String(last));
});

test("matches of the next fourteen days have prices that are known today", () => {
  const soon = `f.status_short = 'NS' AND f.date < date('${TODAY}', '+14 days')`;
  assert.deepEqual(one(`SELECT COUNT(*) FROM V3_Fixtures f WHERE ${soon} AND has_odds = 0`), [0]);
  const [count, captured] = one(
    `SELECT COUNT(*), MAX(capture_timestamp) FROM V3_Odds_History JOIN V3_Fixtures f USING (fixture_id) WHERE ${soon}`,
  );
  assert.ok(Number(count) > 500);
  assert.ok(String(captured) <= `${TODAY}T00:00:00+00:00`);
});

test("postponed, awarded and cancelled matches occur, and only decided ones have goals", () => {
  const statuses = new Map(/** @type {[string, number][]} */ (rows(demo, "SELECT status_short, COUNT(*) FROM V3_Fixtures GROUP BY 1")));
  for (const status of ["FT", "AET", "PEN", "AWD", "CANC", "PST", "NS", "TBD"]) assert.ok((statuses.get(status) ?? 0) > 0, status);
  assert.deepEqual(one("SELECT COUNT(*) FROM V3_Fixtures WHERE status_short IN ('CANC', 'PST', 'ABD') AND goals_home IS NOT NULL"), [0]);
  assert.deepEqual(one("SELECT COUNT(*) FROM V3_Fixtures WHERE status_short = 'AWD' AND goals_home + goals_away <> 3"), [0]);
});

test("a match of extra time was level after 90 minutes, and goals count the extra time", () => {
  assert.deepEqual(
    one(`SELECT COUNT(*) FROM V3_Fixtures WHERE status_short IN ('AET', 'PEN') AND (score_fulltime_home <> score_fulltime_away
      OR goals_home <> score_fulltime_home + score_extratime_home OR goals_away <> score_fulltime_away + score_extratime_away)`),
    [0],
  );
  assert.deepEqual(
    one(
      "SELECT COUNT(*) FROM V3_Fixtures WHERE status_short = 'PEN' AND (goals_home <> goals_away OR score_penalty_home = score_penalty_away)",
    ),
    [0],
  );
});

test("every price was captured before kick-off, is above 1, and the last of the history is the one kept", () => {
  assert.deepEqual(
    one("SELECT COUNT(*) FROM V3_Odds_History h JOIN V3_Fixtures f USING (fixture_id) WHERE h.capture_timestamp >= f.date"),
    [0],
  );
  assert.deepEqual(
    one("SELECT COUNT(*) FROM V3_Odds_History WHERE MIN(value_home_over, value_away_under, IFNULL(value_draw, 2)) <= 1"),
    [0],
  );
  const unlike = `SELECT COUNT(*) FROM V3_Odds o WHERE updated_at <> (SELECT MAX(capture_timestamp) FROM V3_Odds_History h
    WHERE h.fixture_id = o.fixture_id AND h.bookmaker_id = o.bookmaker_id AND h.market_id = o.market_id
      AND h.handicap_value IS o.handicap_value)`;
  assert.deepEqual(one(unlike), [0]);
});

/** Handicaps of played matches. */
const SETTLED = `SELECT bookmaker_id, value_home_over, value_away_under, handicap_value, score_fulltime_home - score_fulltime_away AS margin
  FROM V3_Odds JOIN V3_Fixtures USING (fixture_id) WHERE market_id = 4 AND status_short = 'FT'`;

test("coming and newer matches have handicaps with quarter lines, double chance and further totals", () => {
  const soon = `fixture_id IN (SELECT fixture_id FROM V3_Fixtures WHERE status_short = 'NS' AND has_odds = 1)`;
  const of = (/** @type {string} */ market) => one(`SELECT COUNT(*), COUNT(DISTINCT fixture_id) FROM V3_Odds WHERE ${market} AND ${soon}`);
  const [, priced] = of("market_id = 1");
  assert.deepEqual(of("market_id = 4"), [Number(priced) * 2 * 5, priced]);
  assert.deepEqual(of("market_id = 12"), [Number(priced) * 2, priced]);
  assert.deepEqual(of("market_id = 5 AND handicap_value IN (1.5, 3.5)"), [Number(priced) * 2 * 2, priced]);
  assert.deepEqual(one("SELECT COUNT(*) > 0 FROM V3_Odds WHERE market_id = 4 AND ABS(handicap_value * 4) % 2 = 1"), [1]);
  const [, played] = one(`SELECT COUNT(*), COUNT(DISTINCT fixture_id) FROM V3_Odds_History WHERE market_id = 4 AND NOT ${soon}`);
  assert.ok(Number(played) > 3_000, `${played}`);
});

test("the ids of other prices do not hang on those of further markets, which come last", () => {
  for (const table of ["V3_Odds", "V3_Odds_History"]) {
    const further = "market_id IN (4, 12) OR market_id = 5 AND handicap_value <> 2.5";
    const [first, last] = one(`SELECT MIN(CASE WHEN ${further} THEN id END), MAX(CASE WHEN NOT (${further}) THEN id END) FROM ${table}`);
    assert.equal(first, Number(last) + 1);
  }
});

test("prices of handicaps fit the results: what they promise is won, but for the bookmaker's margin", () => {
  const [home, away] = [1, -1].map((side) => {
    const won = `MAX(MIN(${side} * (margin + handicap_value) * 2, 1), -1)`;
    const price = side === 1 ? "value_home_over" : "value_away_under";
    return Number(one(`SELECT AVG(CASE WHEN ${won} > 0 THEN ${won} * (${price} - 1) ELSE ${won} END) FROM (${SETTLED})`)[0]);
  });
  for (const gain of [home, away]) assert.ok(gain < 0.01 && gain > -0.1, `${home} ${away}`);
});

test("double chance is priced as the two results that it covers", () => {
  const [off] = one(`SELECT MAX(ABS(1 / d.value_home_over - 1 / w.value_home_over - 1 / w.value_draw)) FROM V3_Odds d JOIN V3_Odds w
    ON w.fixture_id = d.fixture_id AND w.bookmaker_id = d.bookmaker_id AND w.market_id = 1 WHERE d.market_id = 12 AND d.value_home_over > 1.01`);
  assert.ok(Number(off) < 0.02, `${off}`);
});

test("three clubs of each division change places every summer", () => {
  const changed = rows(
    demo,
    `
    SELECT b.season_year, b.league_id, COUNT(*) FROM (SELECT DISTINCT season_year, league_id, home_team_id FROM V3_Fixtures) b
    JOIN V3_Leagues l ON l.league_id = b.league_id AND l.type = 'League'
    WHERE b.season_year > (SELECT MIN(season_year) FROM V3_Fixtures) AND NOT EXISTS (SELECT 1 FROM V3_Fixtures f
      WHERE f.league_id = b.league_id AND f.season_year = b.season_year - 1 AND f.home_team_id = b.home_team_id)
    GROUP BY 1, 2`,
  );
  assert.equal(changed.length, 11 * 8);
  assert.ok(changed.every(([, , clubs]) => clubs === 3));
});

test("a full season has everyone meet everyone at home and away", () => {
  const [[season]] = rows(demo, "SELECT MAX(season_year) FROM V3_Fixtures");
  for (const [league, matches, pairs] of rows(
    demo,
    `SELECT league_id, COUNT(*), COUNT(DISTINCT home_team_id || '-' || away_team_id) FROM V3_Fixtures
    JOIN V3_Leagues USING (league_id) WHERE type = 'League' AND season_year = ${season} GROUP BY 1`,
  )) {
    assert.equal(matches, pairs, `league ${league}`);
    assert.ok(matches === 380 || matches === 306);
  }
});

test("low scores hang together as Dixon and Coles found, and the home side has an advantage", () => {
  const [draws, home, away] =
    one(`SELECT AVG(goals_home = goals_away), AVG(goals_home), AVG(goals_away) FROM V3_Fixtures JOIN V3_Leagues USING (league_id)
    WHERE status_short = 'FT' AND type = 'League'`).map(Number);
  assert.ok(draws > 0.22 && draws < 0.3, `${draws}`);
  assert.ok(home - away > 0.15 && home - away < 0.6, `${home} ${away}`);
});

test("the closing price is sharper than the one a day before", () => {
  const logLoss = (/** @type {string} */ which) =>
    Number(
      one(`
    SELECT AVG(-ln((1 / CASE WHEN goals_home > goals_away THEN value_home_over WHEN goals_home = goals_away THEN value_draw ELSE value_away_under END)
      / (1 / value_home_over + 1 / value_draw + 1 / value_away_under)))
    FROM V3_Odds_History h JOIN V3_Fixtures f USING (fixture_id)
    WHERE market_id = 1 AND bookmaker_id = 4 AND status_short = 'FT' AND (julianday(date) - julianday(capture_timestamp) < 0.1) = ${which}`)[0],
    );
  assert.ok(logLoss("1") < logLoss("0"));
});

test("no team plays twice on one day", () => {
  assert.deepEqual(
    one(`SELECT COUNT(*) FROM (SELECT 1 FROM (SELECT home_team_id AS team, date FROM V3_Fixtures WHERE status_short <> 'PST'
    UNION ALL SELECT away_team_id, date FROM V3_Fixtures WHERE status_short <> 'PST') GROUP BY team, substr(date, 1, 10) HAVING COUNT(*) > 1)`),
    [0],
  );
});

test("the file is sound and every foreign key leads somewhere", () => {
  assert.deepEqual(one("PRAGMA integrity_check"), ["ok"]);
  assert.deepEqual(rows(demo, "PRAGMA foreign_key_check"), []);
});

test("everyone gets the same matches, whatever the day", (t) => {
  const other = join(temporaryFolder(t), "other.sqlite");
  run("db-demo", "--db", other, "--today", "2026-07-01");
  const played = `SELECT h.name, a.name, l.name, round, status_short, goals_home, goals_away, score_fulltime_home, score_penalty_home FROM V3_Fixtures f
    JOIN V3_Leagues l USING (league_id) JOIN V3_Teams h ON h.team_id = home_team_id JOIN V3_Teams a ON a.team_id = away_team_id
    WHERE season_year < (SELECT MAX(season_year) FROM V3_Fixtures) ORDER BY fixture_id`;
  assert.deepEqual(rows(other, played), rows(demo, played));
});

for (const signal of /** @type {const} */ (["SIGINT", "SIGKILL"])) {
  test(`after ${signal} half-way there is no database, and the next run leaves nothing else behind`, async (t) => {
    const place = temporaryFolder(t);
    const path = join(place, "database.sqlite");
    const child = spawn(process.execPath, [scriptPath("db-demo"), "--db", path], { stdio: "ignore" });
    while (!existsSync(`${path}.making-${child.pid}`)) await setTimeout(20);
    await setTimeout(300);
    child.kill(signal);
    await once(child, "exit");
    assert.equal(existsSync(path), false);
    if (signal === "SIGINT") assert.deepEqual(readdirSync(place), []);
    writeFileSync(join(place, "E0.csv"), "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG\nE0,12/08/2023,Brighton,Luton,4,1\n");
    assert.equal(run("db-import", join(place, "E0.csv"), "--fresh", "--db", path).code, 0);
    assert.deepEqual(readdirSync(place).sort(), ["E0.csv", "database.sqlite"]);
  });
}

test("a wrong day and a folder are answered in one line", (t) => {
  const place = temporaryFolder(t);
  const day = run("db-demo", "--db", join(place, "a.sqlite"), "--today", "2025-02-30");
  assert.equal(day.code, 2);
  assert.match(day.stderr, /^db:demo: --today wants a day as YYYY-MM-DD, not 2025-02-30\n$/);
  assert.equal(run("db-demo", "--db", place).code, 1);
  writeFileSync(join(place, "file"), "");
  assert.equal(run("db-demo", "--db", join(place, "file", "a.sqlite")).code, 1);
});
