import { teamKey } from "./aliases.js";
import { lastResult } from "./clubs.js";
import { loadFixtures } from "./fixtures.js";
import { isMainLeague, leagueKey } from "./leagues.js";
import { mergeRows } from "./merge.js";
import { groupBy } from "./pairing.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./directory.js").Directory} Directory */
/** @typedef {import("./matches.js").Match} Match */
/** @typedef {import("./matches.js").Remark} Remark */
/** @typedef {import("./pairing.js").StoredFixture} StoredFixture */

const DAY_MS = 86_400_000;
const SAME_MATCH_MS = 36 * 3_600_000;
const SHARE_SAME = 0.5;
/** Of two leagues of a country that play on the same days, about half of the results are equal by chance. */
const SHARE_ALIKE = 0.9;
const ENOUGH_ALIKE = 20;

/**
 * Tells the directory where a file's league is one that the database has under another name, and merges the two where it has both:
 * its matches are there, in a league of the country that the file does not name. Two leagues never share a match; where the clubs
 * have new names too, the days and results of many tell.
 * @param {Connection} db
 * @param {Directory} directory
 * @param {Match[]} matches of one league
 * @param {Set<string>} named keys of the file's leagues
 * @returns {{ remarks: Remark[], merged: number }} how many leagues are gone
 */
export function nameLeague(db, directory, matches, named) {
  const { league } = matches[0];
  const other = findOther(db, directory, matches, named);
  if (other === undefined) return { remarks: [], merged: 0 };
  const own = directory.leagues.get(leagueKey(league));
  if (own === undefined) directory.knowLeagueAs(league, other.id, isNewest(matches, other.stored));
  else {
    mergeRows(db, "V3_Leagues", new Map([[other.id, own]]));
    directory.mergeLeague(other.key, own);
  }
  const reason = `${league.name} is taken for ${other.key.slice(league.country.length + 1)}, whose matches it has`;
  return { remarks: [{ line: matches[0].line, reason, kind: "renamed league" }], merged: Number(own !== undefined) };
}

/**
 * @param {Connection} db
 * @param {Directory} directory
 * @param {Match[]} matches
 * @param {Set<string>} named
 * @returns {{ key: string, id: number, stored: StoredFixture[] } | undefined} the league under its other name
 */
function findOther(db, directory, matches, named) {
  const { country } = matches[0].league;
  const own = directory.leagues.get(leagueKey(matches[0].league));
  const years = matches.map(({ day }) => new Date(day).getUTCFullYear());
  return [...directory.leagues]
    .filter(([key, id]) => key.startsWith(`${country}|`) && !named.has(key) && id !== own && (own === undefined || !isMainLeague(key)))
    .map(([key, id]) => ({ key, id, stored: loadFixtures(db, id, Math.min(...years) - 1, Math.max(...years) + 1) }))
    .map((other) => ({ ...other, ...alike(directory, matches, other.stored) }))
    .filter(({ same, equal, within }) => {
      const isSame = same > 0 && same >= SHARE_SAME * within;
      return isSame || (equal >= ENOUGH_ALIKE && equal >= SHARE_ALIKE * within);
    })
    .sort((a, b) => b.same - a.same || b.equal - a.equal)[0];
}

/**
 * @param {Match[]} matches
 * @param {StoredFixture[]} stored
 * @returns {boolean} whether no later result is stored
 */
function isNewest(matches, stored) {
  return lastResult(matches.filter(({ score }) => score !== null)) >= lastResult(stored.filter(({ score }) => score !== null));
}

/**
 * @param {Directory} directory
 * @param {Match[]} matches
 * @param {StoredFixture[]} stored
 * @returns {{ same: number, equal: number, within: number }} how many of the matches are stored, and how many have the day and
 *   score of a stored one, of those in the time that is
 */
function alike(directory, matches, stored) {
  const times = stored.map(({ kickOff }) => kickOff);
  const [first, last] = times.reduce(([low, high], time) => [Math.min(low, time), Math.max(high, time)], [Infinity, -Infinity]);
  const within = matches.filter(({ kickOff }) => kickOff > first - SAME_MATCH_MS && kickOff < last + SAME_MATCH_MS);
  const fixtures = groupBy(stored, ({ home, away }) => `${home}-${away}`);
  const idOf = (/** @type {Match} */ { league }, /** @type {string} */ name) => directory.teams.get(teamKey(league.country, name));
  const same = within.filter((match) =>
    fixtures
      .get(`${idOf(match, match.home)}-${idOf(match, match.away)}`)
      ?.some(({ kickOff }) => Math.abs(kickOff - match.kickOff) < SAME_MATCH_MS),
  );
  return { same: same.length, equal: countEqual(within, stored), within: within.length };
}

/**
 * @param {Match[]} matches
 * @param {StoredFixture[]} stored
 * @returns {number} of matches with a stored one each of that day and score
 */
function countEqual(matches, stored) {
  const resultOf = (/** @type {{ kickOff: number, score: Match['score'] }} */ { kickOff, score }) =>
    `${Math.floor(kickOff / DAY_MS)}|${score?.home}-${score?.away}`;
  const results = groupBy(stored, resultOf);
  return matches.filter((match) => match.score !== null && results.get(resultOf(match))?.pop() !== undefined).length;
}
