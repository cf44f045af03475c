import { usualSpellings } from "../import/aliases.js";
import { ScriptError } from "./errors.js";
import { plainName } from "./names.js";

/** @typedef {import("./schema.js").Connection} Connection */

/**
 * A fixture as people look for it.
 * @typedef {object} ListedFixture
 * @property {number} fixture_id
 * @property {string} date
 * @property {number} league_id
 * @property {string} league
 * @property {string | null} country
 * @property {number} season_year
 * @property {string | null} round
 * @property {number} home_team_id
 * @property {string} home_team
 * @property {number} away_team_id
 * @property {string} away_team
 * @property {string} status
 * @property {number | null} goals_home
 * @property {number | null} goals_away
 * @property {number} has_odds
 */

/** @typedef {{ id: number, name: string, place: string | null }} Named */

/**
 * @typedef {object} Wanted
 * @property {boolean} upcoming
 * @property {string | undefined} team
 * @property {string | undefined} league
 * @property {number} limit
 * @property {string} now ISO 8601 with offset
 */

const NEAREST = 5;

/** @param {string} text */
function bigrams(text) {
  const padded = ` ${text} `;
  return new Set(Array.from({ length: padded.length - 1 }, (_, i) => padded.slice(i, i + 2)));
}

/**
 * Likeness of two names by their pairs of letters (Dice, 1945).
 * @param {string} a
 * @param {string} b
 * @returns {number} 0 .. 1
 */
function likeness(a, b) {
  const [ours, theirs] = [bigrams(a), bigrams(b)];
  const common = [...ours].filter((pair) => theirs.has(pair)).length;
  return (2 * common) / (ours.size + theirs.size);
}

/**
 * Those of a name: exactly that, another spelling of it, or a part of theirs.
 * @param {string} kind for the message
 * @param {string} name whatever its case, accents and punctuation
 * @param {Named[]} all
 * @returns {Named[]}
 * @throws {ScriptError} naming the nearest when there is none
 */
export function findNamed(kind, name, all) {
  const wanted = [name, ...usualSpellings(name)].map(plainName);
  const exact = all.filter((item) => wanted.includes(plainName(item.name)));
  if (exact.length > 0) return exact;
  const partial = all.filter((item) => plainName(`${item.place ?? ""} ${item.name}`).includes(wanted[0]));
  if (partial.length > 0 && wanted[0] !== "") return partial;
  const ranked = [...new Set(all.map((item) => item.name))].sort(
    (a, b) => likeness(plainName(b), wanted[0]) - likeness(plainName(a), wanted[0]),
  );
  const nearest = ranked.slice(0, NEAREST).join(", ");
  throw new ScriptError(`there is no ${kind} "${name}"${nearest ? `; nearest: ${nearest}` : ""}`);
}

/**
 * @param {Connection} db
 * @param {string} sql
 * @returns {Named[]}
 */
function namesOf(db, sql) {
  const rows = /** @type {[number, string, string | null][]} */ (db.prepare(sql).raw().all());
  return rows.map(([id, name, place]) => ({ id, name, place }));
}

/**
 * @param {Connection} db
 * @param {string} name
 * @returns {Named[]} teams of that name
 * @throws {ScriptError}
 */
export function findTeams(db, name) {
  return findNamed("team", name, namesOf(db, "SELECT team_id, name, country FROM V3_Teams ORDER BY name"));
}

/**
 * @param {Connection} db
 * @param {string} name
 * @returns {Named[]} leagues of that name, with or without the country's before it
 * @throws {ScriptError}
 */
export function findLeagues(db, name) {
  return findNamed(
    "league",
    name,
    namesOf(db, "SELECT l.league_id, l.name, c.name FROM V3_Leagues l LEFT JOIN V3_Countries c USING (country_id) ORDER BY l.name"),
  );
}

const SELECT = `
SELECT f.fixture_id, f.date, f.league_id, l.name AS league, c.name AS country, f.season_year, f.round,
  f.home_team_id, h.name AS home_team, f.away_team_id, a.name AS away_team,
  f.status_short AS status, f.goals_home, f.goals_away, f.has_odds
FROM V3_Fixtures f
LEFT JOIN V3_Leagues l ON l.league_id = f.league_id
LEFT JOIN V3_Countries c ON c.country_id = l.country_id
LEFT JOIN V3_Teams h ON h.team_id = f.home_team_id
LEFT JOIN V3_Teams a ON a.team_id = f.away_team_id`;

const TO_COME = "f.status_short IN ('NS', 'TBD')";

/**
 * The wanted fixtures in order of kick-off, those nearest to now. Where nothing lies ahead, `upcoming` gives what has no result yet.
 * @param {Connection} db
 * @param {Wanted} wanted
 * @returns {ListedFixture[]}
 * @throws {ScriptError} for a name that is not there
 */
export function listFixtures(db, { upcoming, team, league, limit, now }) {
  const { conditions, parameters } = namedConditions(db, team, league);
  const select = (/** @type {string[]} */ ...more) => {
    const all = ["1", ...conditions, ...more].join(" AND ");
    const nearest = `${SELECT} WHERE ${all} ORDER BY ABS(julianday(f.date) - julianday($now)), f.fixture_id LIMIT $limit`;
    const statement = db.prepare(`SELECT * FROM (${nearest}) ORDER BY date, fixture_id`);
    return /** @type {ListedFixture[]} */ (statement.all({ ...parameters, now, limit }));
  };
  if (!upcoming) return select();
  const ahead = select(TO_COME, "f.date >= $now");
  return ahead.length > 0 ? ahead : select(TO_COME);
}

/**
 * @param {Connection} db
 * @param {string | undefined} team
 * @param {string | undefined} league
 * @returns {{ conditions: string[], parameters: Record<string, string> }}
 */
function namedConditions(db, team, league) {
  /** @type {string[]} */
  const conditions = [];
  /** @type {Record<string, string>} */
  const parameters = {};
  if (team !== undefined) {
    conditions.push("(f.home_team_id IN (SELECT value FROM json_each($teams)) OR f.away_team_id IN (SELECT value FROM json_each($teams)))");
    parameters.teams = JSON.stringify(findTeams(db, team).map(({ id }) => id));
  }
  if (league !== undefined) {
    conditions.push("f.league_id IN (SELECT value FROM json_each($leagues))");
    parameters.leagues = JSON.stringify(findLeagues(db, league).map(({ id }) => id));
  }
  return { conditions, parameters };
}

/** @param {ListedFixture} fixture */
function scoreOf({ goals_home: home, goals_away: away }) {
  return home === null || away === null ? "" : `${home}-${away}`;
}

/**
 * @param {ListedFixture[]} fixtures
 * @returns {string} a table for people
 */
export function tabulate(fixtures) {
  const header = ["fixture", "kick-off (UTC)", "league", "home", "away", "status", "score", "odds"];
  const rows = fixtures.map((fixture) => [
    String(fixture.fixture_id),
    String(fixture.date).slice(0, 16).replace("T", " "),
    [fixture.country, fixture.league]
      .filter((part, i, [country, league]) => part && !(i === 0 && league?.startsWith(country ?? "")))
      .join(" "),
    fixture.home_team ?? "?",
    fixture.away_team ?? "?",
    fixture.status,
    scoreOf(fixture),
    fixture.has_odds === 1 ? "yes" : "",
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  return (
    [header, ...rows]
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column]))
          .join("  ")
          .trimEnd(),
      )
      .join("\n") + "\n"
  );
}
