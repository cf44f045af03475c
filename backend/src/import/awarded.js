import { groupBy } from "./pairing.js";

/** @typedef {import("./matches.js").Match} Match */
/** @typedef {{ match: Match, isAwarded: boolean }} Verdict */

const JULY = 6;
const FEWEST_OTHERS = 5;
/** A file has what nearly all of its matches have. */
const NEARLY_ALL = 0.95;

/** What federations award: 3-0, 5-0 in Belgium, 1-0 in Spain and England, 2-0 in Germany and formerly in Italy. */
const CLEAR_MARGINS = [3, 5];
const NARROW_MARGINS = [1, 2];

/**
 * What else a file tells of a played match, beside its score.
 * @type {Record<string, (match: Match) => boolean>}
 */
const EVIDENCE = {
  halfTime: ({ halfTime }) => halfTime !== null,
  stats: ({ stats }) => stats !== null && !isAllZero(stats),
  prices: ({ prices }) => prices.length > 0,
};

/** @param {Match["stats"]} stats of which programs fill what is missing with zeros */
function isAllZero(stats) {
  return stats !== null && [...Object.values(stats.home), ...Object.values(stats.away)].every((value) => value === 0 || value === null);
}

/**
 * @param {Match} match
 * @param {number[]} margins
 * @returns {boolean} whether one side won to nil by one of these
 */
function isWonToNil({ score }, margins) {
  return score !== null && Math.min(score.home, score.away) === 0 && margins.includes(Math.max(score.home, score.away));
}

/**
 * Matches whose result was awarded: no half-time score in a league's season that has them, and won to nil. By 3 or 5 that is
 * enough (one match in fourteen ends so); by 1 or 2, as two in five do, figures or prices have to be missing too. Missing prices alone
 * prove nothing: ordinary matches go without. Where matches of other scores lack as much, the file has gaps. On 31 seasons of 22
 * divisions this names 109 matches: walkovers of clubs that were expelled or on strike, and abandoned matches that were decided later.
 * @param {Match[]} matches of one file
 * @returns {Verdict[]} on every match won to nil without a half-time score where the others have one
 */
export function findAwarded(matches) {
  const finished = matches.filter(({ score }) => score !== null);
  const seasons = groupBy(finished, ({ league, day }) => {
    const date = new Date(day);
    return `${league.country}|${league.name}|${date.getUTCFullYear() - (date.getUTCMonth() >= JULY ? 0 : 1)}`;
  });
  return [...seasons.values()].flatMap(verdictsOf);
}

/**
 * @param {Match[]} season of a league
 * @returns {Verdict[]}
 */
function verdictsOf(season) {
  const silent = season.filter((match) => !EVIDENCE.halfTime(match));
  const suspects = silent.filter((match) => isWonToNil(match, [...CLEAR_MARGINS, ...NARROW_MARGINS]));
  const others = season.filter((match) => !suspects.includes(match));
  const usual = Object.keys(EVIDENCE).filter((kind) => others.filter(EVIDENCE[kind]).length >= others.length * NEARLY_ALL);
  if (others.length < FEWEST_OTHERS || !usual.includes("halfTime")) return [];
  const missing = (/** @type {Match} */ match) => usual.filter((kind) => !EVIDENCE[kind](match)).length;
  const isLikely = (/** @type {Match} */ match) =>
    isWonToNil(match, CLEAR_MARGINS) || (isWonToNil(match, NARROW_MARGINS) && missing(match) > 1);
  const gaps = (/** @type {Match} */ match) => silent.filter((other) => !isLikely(other) && missing(other) >= missing(match)).length;
  const likely = silent.filter(isLikely);
  return suspects.map((match) => ({ match, isAwarded: isLikely(match) && gaps(match) < likely.length }));
}
