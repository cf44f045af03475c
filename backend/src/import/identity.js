import { lastResult, mergeMisspelt, nameClubs, suspectSpellings } from "./clubs.js";
import { dropCopies } from "./copies.js";
import { loadFixtures } from "./fixtures.js";
import { nameLeague } from "./leagueNames.js";
import { seasonHistory, seasonsOf } from "./seasons.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./directory.js").Directory} Directory */
/** @typedef {import("./matches.js").Match} Match */
/** @typedef {import("./matches.js").Remark} Remark */
/** @typedef {import("./pairing.js").Candidate} Candidate */
/** @typedef {import("./pairing.js").StoredFixture} StoredFixture */

/**
 * @param {Directory} directory
 * @param {Match[]} matches of one league, in order of day
 * @param {number[]} seasons of the matches
 * @returns {Candidate[]}
 */
function toCandidates(directory, matches, seasons) {
  return matches.map((match, index) => {
    const { country } = match.league;
    return { match, season: seasons[index], home: directory.team(country, match.home), away: directory.team(country, match.away) };
  });
}

const DAY_MS = 86_400_000;
const OLDER_MS = 7 * DAY_MS;

/** @param {number} time ms UTC */
const isoDay = (time) => new Date(time).toISOString().slice(0, 10);

/**
 * Files of several seasons grow at their end, so one that ends earlier than what is stored is an older copy.
 * @param {Match[]} matches
 * @param {number[]} seasons
 * @param {StoredFixture[]} stored
 */
function isOlderCopy(matches, seasons, stored) {
  if (new Set(seasons).size < 2) return false;
  const last = lastResult(matches.filter(({ score }) => score !== null));
  return last + OLDER_MS < lastResult(stored.filter(({ score }) => score !== null));
}

/**
 * @param {import("./fixtures.js").Placed[]} placed
 * @returns {Remark[]} on matches that could have been taken for another one of the same pair
 */
export function remarksOnPairs(placed) {
  return placed.flatMap(({ match, stored, stale, earlier }) => {
    const other = stale && stored && Math.abs(stored.kickOff - match.kickOff) > DAY_MS ? stored : earlier;
    if (!other?.score) return [];
    const met = `${match.home} and ${match.away} met on ${isoDay(other.kickOff)} (${other.score.home}-${other.score.away})`;
    const day = isoDay(match.kickOff);
    return stale
      ? [{ line: match.line, reason: `${met}: not to come on ${day}`, kind: "met already" }]
      : [{ line: match.line, reason: `${met}: taken as another match on ${day}, such as a play-off`, kind: "second match" }];
  });
}

/**
 * What the database has of a league's matches.
 * @typedef {object} Identity
 * @property {number} leagueId
 * @property {number} first season touched
 * @property {number} last season touched
 * @property {Candidate[]} candidates
 * @property {StoredFixture[]} stored the league's fixtures of these seasons and their neighbours
 * @property {boolean} isOlder whether the file is an older copy than what is stored
 * @property {Remark[]} remarks
 * @property {Pick<import("./mend.js").Mended, 'leagues' | 'teams' | 'fixtures'>} mended
 */

/**
 * Finds out which leagues, clubs and fixtures of the database the matches of a league are, and mends what stands twice.
 * @param {Connection} db
 * @param {Directory} directory
 * @param {Match[]} matches
 * @param {Set<string>} named keys of the file's leagues
 * @returns {Identity}
 */
export function identify(db, directory, matches, named) {
  const { league } = matches[0];
  const known = new Set(directory.teams.values());
  const { remarks, merged } = nameLeague(db, directory, matches, named);
  const leagueId = directory.league(league);
  const inOrder = [...matches].sort((a, b) => a.day - b.day || a.line - b.line);
  const seasons = seasonsOf(league, inOrder, seasonHistory(db, leagueId));
  const [first, last] = [Math.min(...seasons), Math.max(...seasons)];
  const load = () => loadFixtures(db, leagueId, first - 1, last + 1);
  const before = load();
  remarks.push(...nameClubs(directory, inOrder, before));
  const candidates = toCandidates(directory, inOrder, seasons);
  const misspelt = mergeMisspelt(db, directory, candidates, before);
  const { stored, dropped } = dropCopies(db, misspelt.length > 0 ? load() : before, league.repeats);
  remarks.push(...misspelt, ...suspectSpellings(db, directory, candidates, stored, known));
  const isOlder = isOlderCopy(inOrder, seasons, stored);
  const mended = { leagues: merged, teams: misspelt.length, fixtures: dropped };
  return { leagueId, first, last, candidates, stored, isOlder, remarks, mended };
}
