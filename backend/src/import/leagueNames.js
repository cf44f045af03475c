import { teamKey } from "./aliases.js";
import { lastResult } from "./clubs.js";
import { loadFixtures } from "./fixtures.js";
import { leagueKey } from "./leagues.js";
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
 * Tells the directory where a file's league is one that the database has under another name: its matches are there, in a league of
 * the country that the file does not name. Two leagues never share a match; where the clubs have new names too, the days and
 * results of many tell.
 * @param {Connection} db
 * @param {Directory} directory
 * @param {Match[]} matches of one league
 * @param {Set<string>} named keys of the file's leagues
 * @returns {Remark[]}
 */
export function nameLeague(db, directory, matches, named) {
  const { league } = matches[0];
  if (directory.leagues.has(leagueKey(league))) return [];
  const days = matches.map(({ day }) => new Date(day).getUTCFullYear());
  const likely = [...directory.leagues]
    .filter(([key]) => key.startsWith(`${league.country}|`) && !named.has(key))
    .map(([key, id]) => ({ key, id, stored: loadFixtures(db, id, Math.min(...days) - 1, Math.max(...days) + 1) }))
    .map((other) => ({ ...other, ...alike(directory, matches, other.stored) }))
    .filter(({ same, equal, within }) => {
      const isSame = same > 0 && same >= SHARE_SAME * within;
      return isSame || (equal >= ENOUGH_ALIKE && equal >= SHARE_ALIKE * within);
    })
    .sort((a, b) => b.same - a.same || b.equal - a.equal)[0];
  if (likely === undefined) return [];
  directory.knowLeagueAs(league, likely.id, isNewest(matches, likely.stored));
  const before = likely.key.slice(league.country.length + 1);
  return [{ line: matches[0].line, reason: `${league.name} is taken for ${before}, whose matches it has`, kind: "renamed league" }];
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
