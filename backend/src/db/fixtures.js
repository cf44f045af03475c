import { clubName, usualLeague, usualSpelling } from "../import/aliases.js";
import { ScriptError } from "./errors.js";
import { likeness, plainName } from "./names.js";

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

/** @typedef {{ id: number, name: string, place: string | null, matches: number }} Named */

/**
 * @typedef {object} Wanted
 * @property {boolean} upcoming
 * @property {string | undefined} team
 * @property {string | undefined} league
 * @property {number} limit
 * @property {string} now ISO 8601 with offset
 */

const NEAREST = 5;

/**
 * How a person may write a name: it alone, or with its country before or after it.
 * @param {string} wanted
 * @param {string | null} place
 * @returns {string[]}
 */
function waysToSay(wanted, place) {
  const [text, country] = [plainName(wanted), plainName(place ?? "")];
  if (country === "") return [wanted];
  const rest = [
    ...(text.startsWith(`${country} `) ? [text.slice(country.length + 1)] : []),
    ...(text.endsWith(` ${country}`) ? [text.slice(0, -country.length - 1)] : []),
  ];
  return [wanted, ...rest];
}

/**
 * @param {Kind} kind
 * @param {string} wanted
 * @param {Named} item
 * @returns {boolean} whether that is the item's name in some spelling
 */
function isNameOf({ usual }, wanted, { name, place }) {
  const kept = clubName(usual(place, name));
  return waysToSay(wanted, place).some((way) => clubName(way) === clubName(name) || clubName(usual(place, way)) === kept);
}

/**
 * @param {string} wanted
 * @param {Named} item
 * @returns {boolean} whether the item's name, with its country in either order, has that as a part
 */
function isPartOf(wanted, { name, place }) {
  const text = plainName(wanted);
  return text !== "" && [`${place ?? ""} ${name}`, `${name} ${place ?? ""}`].some((whole) => plainName(whole).includes(text));
}

/**
 * @param {Named[]} items
 * @returns {Named[]} those with matches, or all where none has any
 */
function withMatches(items) {
  const played = items.filter(({ matches }) => matches > 0);
  return played.length > 0 ? played : items;
}

/**
 * @typedef {object} Kind
 * @property {string} noun for the message
 * @property {(country: string | null, name: string) => string} usual the spelling under which an import keeps it
 */

/** @type {Kind} */
const TEAM = { noun: "team", usual: (country, name) => usualSpelling(country ?? "", name) };
/** @type {Kind} */
const LEAGUE = { noun: "league", usual: (country, name) => usualLeague(country ?? "", name) };

/**
 * Those of a name: exactly that, another spelling of it, or a part of theirs; those with matches first.
 * @param {Kind} kind
 * @param {string} name whatever its case, accents and punctuation, with or without the country
 * @param {Named[]} all
 * @returns {{ items: Named[], isWhole: boolean }} whether it is their whole name
 * @throws {ScriptError} naming the nearest when there is none
 */
function findNamed(kind, name, all) {
  const exact = all.filter((item) => isNameOf(kind, name, item));
  if (exact.length > 0) return { items: withMatches(exact), isWhole: true };
  const partial = all.filter((item) => isPartOf(name, item));
  if (partial.length > 0) return { items: withMatches(partial), isWhole: false };
  const ranked = [...new Set(all.map((item) => item.name))].sort((a, b) => likeness(b, name) - likeness(a, name));
  const nearest = ranked.slice(0, NEAREST).join(", ");
  throw new ScriptError(`there is no ${kind.noun} "${name}"${nearest ? `; nearest: ${nearest}` : ""}`);
}

/**
 * @param {Connection} db
 * @param {string} name
 * @returns {Named[]} teams of that name
 * @throws {ScriptError}
 */
export function findTeams(db, name) {
  const rows = /** @type {[number, string, string | null][]} */ (
    db.prepare("SELECT team_id, name, country FROM V3_Teams ORDER BY name").raw().all()
  );
  const teams = rows.map(([id, team, place]) => ({ id, name: team, place, matches: 0 }));
  return findNamed(TEAM, name, teams).items;
}

/**
 * A league as people look for it.
 * @typedef {object} ListedLeague
 * @property {number} league_id
 * @property {string | null} country
 * @property {string} league
 * @property {number} matches
 * @property {number | null} first_season
 * @property {number | null} last_season
 */

/**
 * @param {Connection} db
 * @returns {ListedLeague[]} those with matches first, then by country and name
 */
export function listLeagues(db) {
  const sql = `SELECT league_id, c.name AS country, l.name AS league, COALESCE(matches, 0) AS matches, first_season, last_season
    FROM V3_Leagues l LEFT JOIN V3_Countries c USING (country_id)
    LEFT JOIN (SELECT league_id, COUNT(*) AS matches, MIN(season_year) AS first_season, MAX(season_year) AS last_season
      FROM V3_Fixtures GROUP BY league_id) USING (league_id)
    ORDER BY matches IS NULL, COALESCE(matches, 0) = 0, c.name, l.name, league_id`;
  return /** @type {ListedLeague[]} */ (db.prepare(sql).all());
}

/**
 * @param {Connection} db
 * @param {string} name with or without the country's before or after it, or an id
 * @returns {Named[]} the league of that name, or all that have it as a part of theirs
 * @throws {ScriptError} for none, and for a name of several
 */
export function findLeagues(db, name) {
  const leagues = listLeagues(db).map(({ league_id, country, league, matches }) => ({
    id: league_id,
    name: league,
    place: country,
    matches,
  }));
  const byId = leagues.filter(({ id }) => String(id) === name.trim());
  if (byId.length > 0) return byId;
  const { items, isWhole } = findNamed(LEAGUE, name, leagues);
  if (!isWhole || items.length === 1) return items;
  const several = items.map(({ id, name: league, place, matches }) => `${place ?? "?"} ${league} (id ${id}, ${counted(matches)})`);
  throw new ScriptError(`"${name}" is the name of ${items.length} leagues: ${several.join(", ")}; give the country too, or the id`);
}

/** @param {number} matches */
function counted(matches) {
  return `${matches.toLocaleString("en-GB")} ${matches === 1 ? "match" : "matches"}`;
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
const AHEAD = "f.date >= CASE WHEN f.timestamp IS NULL THEN substr($now, 1, 10) ELSE $now END";

/**
 * The wanted fixtures in order of kick-off, those nearest to now. `upcoming` gives what lies ahead, and what is of this day where
 * the hour is not known; a match of a day gone by whose result nobody has is not to come.
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
  return upcoming ? select(TO_COME, AHEAD) : select();
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
  return inColumns([header, ...rows]);
}

/**
 * @param {ListedLeague[]} leagues
 * @returns {string} a table for people
 */
export function tabulateLeagues(leagues) {
  const header = ["id", "country", "league", "matches", "first season", "last season"];
  const rows = leagues.map(({ league_id, country, league, matches, first_season, last_season }) =>
    [league_id, country, league, matches, first_season, last_season].map((cell) => String(cell ?? "")),
  );
  return inColumns([header, ...rows]);
}

/**
 * @param {string[][]} rows
 * @returns {string}
 */
function inColumns(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  "));
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}
