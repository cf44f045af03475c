import { bulkInsert } from "../db/bulk.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./fixtures.js").Placed} Placed */
/** @typedef {import("./matches.js").SideStats} SideStats */
/** @typedef {(string | number | null)[]} Values */

/** @type {(keyof SideStats)[]} */
const TOLD = ["shots_total", "shots_on_goal", "fouls", "corner_kicks", "yellow_cards", "red_cards"];

/** The tables' default is 0; what the files do not tell is written as NULL instead, since nobody counted it. */
const UNTOLD = ["shots_off_goal", "shots_inside_box", "offsides", "goalkeeper_saves", "passes_total", "passes_accurate"];
const NOTHING = UNTOLD.map(() => null);

/**
 * @param {Connection} db
 * @param {number[]} fixtures
 * @returns {Map<string, Values>} rowid and `TOLD` by fixture and team
 */
function load(db, fixtures) {
  const sql = `SELECT rowid, fixture_id, team_id, ${TOLD.join(", ")} FROM V3_Fixture_Stats WHERE half = 'FT' AND fixture_id IN (SELECT value FROM json_each(?))`;
  const rows = /** @type {Values[]} */ (
    db
      .prepare(sql)
      .raw()
      .all([JSON.stringify(fixtures)])
  );
  return new Map(rows.map(([row, fixture, team, ...values]) => [`${fixture}|${team}`, [row, ...values]]));
}

/**
 * @param {Placed} placed
 * @returns {{ fixture: number, team: number, values: (number | null)[] }[]}
 */
function sidesOf({ id, home, away, match, stale }) {
  if (match.stats === null || stale) return [];
  const { stats } = match;
  return [
    { fixture: id, team: home, values: TOLD.map((name) => stats.home[name]) },
    { fixture: id, team: away, values: TOLD.map((name) => stats.away[name]) },
  ];
}

/**
 * Writes the full-time statistics of one league of one file; a figure that the file lacks stays as it is stored.
 * @param {Connection} db
 * @param {Placed[]} placed
 * @param {Set<number>} updated ids of fixtures that changed, added to
 */
export function writeStats(db, placed, updated) {
  const stored = load(
    db,
    placed.filter(({ isNew }) => !isNew).map(({ id }) => id),
  );
  const update = db.prepare(`UPDATE V3_Fixture_Stats SET ${TOLD.map((name) => `${name} = ?`).join(", ")} WHERE rowid = ?`);
  /** @type {Values[]} */
  const inserts = [];
  for (const { fixture, team, values } of placed.flatMap(sidesOf)) {
    const [row, ...known] = (stored.size > 0 && stored.get(`${fixture}|${team}`)) || [];
    const merged = values.map((value, index) => value ?? known[index] ?? null);
    if (row === undefined) inserts.push([fixture, team, "FT", ...merged, ...NOTHING]);
    else if (merged.every((value, index) => value === known[index])) continue;
    else update.run([...merged, row]);
    updated.add(fixture);
  }
  bulkInsert(db, "V3_Fixture_Stats", ["fixture_id", "team_id", "half", ...TOLD, ...UNTOLD])(inserts);
}
