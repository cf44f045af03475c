import { likeness } from "../db/names.js";
import { scalar } from "../db/schema.js";
import { isInTable, teamKey } from "./aliases.js";
import { mergeRows } from "./merge.js";
import { findMisspelt, findRenamed } from "./renames.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./directory.js").Directory} Directory */
/** @typedef {import("./matches.js").Match} Match */
/** @typedef {import("./matches.js").Remark} Remark */
/** @typedef {import("./pairing.js").StoredFixture} StoredFixture */
/** @typedef {import("./pairing.js").Candidate} Candidate */

const WHOLE_SEASON = 0.8;
/**
 * Two spellings of one club are 0.8 like (`Atl. Madrid`, `Ath Madrid`), 0.7 (`Dep. A Coruna`, `La Coruna`) or 0.4 (`Nottingham`,
 * `Nott'm Forest`).
 */
const LIKE = 0.6;
const RATHER_LIKE = 0.3;

/**
 * Tells the directory which names of a file are new ones of clubs that the database has.
 * @param {Directory} directory
 * @param {Match[]} matches of one league, in order of day
 * @param {StoredFixture[]} stored the league's
 * @returns {Remark[]}
 */
export function nameClubs(directory, matches, stored) {
  const { country } = matches[0].league;
  const renamed = findRenamed(matches, stored, {
    keyOf: (name) => teamKey(country, name),
    idOf: (key) => directory.teams.get(key),
  });
  if (renamed.size === 0) return [];
  const spelling = new Map(matches.flatMap(({ home, away, line }) => [home, away].map((name) => [teamKey(country, name), { name, line }])));
  const isNewest = lastResult(matches.filter(({ score }) => score !== null)) >= lastResult(stored.filter(({ score }) => score !== null));
  return [...renamed].map(([key, id]) => {
    const { name, line } = spelling.get(key) ?? { name: key, line: 0 };
    const before = directory.nameOf(id);
    directory.knowAs(country, name, id, isNewest);
    return { line, reason: `${name} is taken for ${before}, whose matches it has`, kind: "renamed club" };
  });
}

/**
 * @param {{ kickOff: number }[]} played
 * @returns {number} ms, -Infinity without a result
 */
export function lastResult(played) {
  return played.reduce((last, { kickOff }) => Math.max(last, kickOff), -Infinity);
}

/**
 * Merges clubs that stand in the database under a list's spelling alone into those that the file has in their matches.
 * @param {Connection} db
 * @param {Directory} directory
 * @param {Candidate[]} candidates
 * @param {StoredFixture[]} stored the league's
 * @returns {Remark[]} one a club
 */
export function mergeMisspelt(db, directory, candidates, stored) {
  const hasPlayed = (/** @type {number} */ team) =>
    scalar(db, "SELECT 1 FROM V3_Fixtures WHERE goals_home IS NOT NULL AND ?1 IN (home_team_id, away_team_id) LIMIT 1", team) === 1;
  const misspelt = findMisspelt(candidates, stored, hasPlayed);
  const remarks = [...misspelt].map(([wrong, right]) => ({
    line: null,
    reason: `${directory.nameOf(wrong)}, known from a list of fixtures alone, is ${directory.nameOf(right)}: the file has its match`,
    kind: "misspelt club",
  }));
  mergeRows(db, "V3_Teams", misspelt);
  for (const [wrong, right] of misspelt) directory.mergeTeam(wrong, right);
  return remarks;
}

/**
 * @param {StoredFixture[]} stored
 * @param {number} season
 * @returns {Set<number>} the teams of that season
 */
function teamsOf(stored, season) {
  return new Set(stored.filter((fixture) => fixture.season === season).flatMap(({ home, away }) => [home, away]));
}

/**
 * @param {Connection} db
 * @param {string} country
 * @param {number} season
 * @param {{ present: Set<number>, nameOf: (team: number) => string }} names `present` are the teams that the file has
 * @returns {string[]} names of clubs that played in the country the season before and have no match of this one: promoted, maybe
 */
function idleClubs(db, country, season, { present, nameOf }) {
  const sql = `
    WITH seasons AS (
      SELECT home_team_id AS team_id, season_year FROM V3_Fixtures JOIN V3_Leagues l USING (league_id) JOIN V3_Countries c USING (country_id)
      WHERE l.api_id < 0 AND c.name = ?1 AND season_year BETWEEN ?2 - 1 AND ?2)
    SELECT team_id FROM seasons WHERE season_year = ?2 - 1 EXCEPT SELECT team_id FROM seasons WHERE season_year = ?2`;
  const teams = /** @type {[number][]} */ (db.prepare(sql).raw().all([country, season])).map(([team]) => team);
  return teams.filter((team) => !present.has(team)).map(nameOf);
}

/**
 * The first mention of each club that is new.
 * @param {Candidate[]} candidates
 * @param {Set<number>} known teams that the database had before the file
 * @returns {{ name: string, line: number, season: number }[]}
 */
function newClubs(candidates, known) {
  /** @type {Map<number, { name: string, line: number, season: number }>} */
  const found = new Map();
  for (const { match, season, home, away } of candidates) {
    if (!known.has(home) && !found.has(home)) found.set(home, { name: match.home, line: match.line, season });
    if (!known.has(away) && !found.has(away)) found.set(away, { name: match.away, line: match.line, season });
  }
  return [...found.values()];
}

/**
 * Names clubs that are new in a league whose season lacks a known one: likely another spelling of it.
 * @param {Connection} db
 * @param {Directory} directory
 * @param {Candidate[]} candidates
 * @param {StoredFixture[]} stored the league's, before the file
 * @param {Set<number>} known teams that the database had before the file
 * @returns {Remark[]}
 */
export function suspectSpellings(db, directory, candidates, stored, known) {
  const { league } = candidates[0].match;
  const news = newClubs(candidates, known).filter(({ name }) => !isInTable(league.country, name));
  const seasons = new Map([...new Set(news.map(({ season }) => season))].map((season) => [season, missingClubs(season)]));
  return news.flatMap(({ name, line, season }) => {
    const missing = seasons.get(season)?.(name) ?? null;
    if (missing === null) return [];
    const where = `${name} is new in ${league.country} ${league.name}, where ${missing} has no match in this file`;
    const reason = `${where}: if it is the same club, write ${missing} and import the file again`;
    return [{ line, reason, kind: "likely respelling" }];
  });

  /**
   * @param {number} season
   * @returns {(name: string) => string | null} name of the club without a match that a new name can be
   */
  function missingClubs(season) {
    const present = new Set(candidates.flatMap((row) => (row.season === season ? [row.home, row.away] : [])));
    const names = { present, nameOf: (/** @type {number} */ team) => directory.nameOf(team) };
    const absent = directory.teamsOf(league.country).filter((team) => !present.has(team));
    /** @type {string[] | null} */
    let idle = null;
    return (name) => {
      const missing = missingFrom(name, stored, season, names);
      if (missing !== null) return missing;
      if (!absent.some((team) => likeness(directory.nameOf(team), name) >= LIKE)) return null;
      idle ??= idleClubs(db, league.country, season, names);
      return likeliest(name, idle, LIKE);
    };
  }
}

/**
 * @param {string} name a new one
 * @param {StoredFixture[]} stored
 * @param {number} season
 * @param {{ present: Set<number>, nameOf: (team: number) => string }} names `present` are the teams that the file has
 * @returns {string | null} name of the league's club that it can be
 */
function missingFrom(name, stored, season, { present, nameOf }) {
  const [now, before] = [teamsOf(stored, season), teamsOf(stored, season - 1)];
  const isUnderWay = now.size > 0 && now.size >= WHOLE_SEASON * before.size;
  const missing = [...(isUnderWay ? now : before)].filter((team) => !present.has(team)).map(nameOf);
  if (isUnderWay && missing.length === 1) return missing[0];
  return likeliest(name, missing, isUnderWay ? RATHER_LIKE : LIKE);
}

/**
 * @param {string} name
 * @param {string[]} others
 * @param {number} least likeness
 * @returns {string | null} the most like it
 */
function likeliest(name, others, least) {
  const [best] = [...others].sort((a, b) => likeness(b, name) - likeness(a, name));
  return best !== undefined && likeness(best, name) >= least ? best : null;
}
