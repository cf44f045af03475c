/** @typedef {import("./matches.js").Match} Match */

/**
 * A fixture that the database holds.
 * @typedef {object} StoredFixture
 * @property {number} id
 * @property {number} season
 * @property {number} home team id
 * @property {number} away team id
 * @property {number} kickOff ms UTC
 * @property {boolean} timed
 * @property {string} status
 * @property {{ home: number, away: number } | null} score
 * @property {(string | number | null)[]} values as written, to see whether anything changes
 */

/**
 * A match read from a file, its names resolved.
 * @typedef {object} Candidate
 * @property {Match} match
 * @property {number} season
 * @property {number} home team id
 * @property {number} away team id
 */

/** @typedef {Candidate & { stored: StoredFixture | null, stale: boolean }} Paired `stale` rows know less than what is stored */

/** Kick-offs of one fixture in two sources: the day may be all that one knows, or differ by a time zone. Two matches of the same
 * teams on the same ground were never less than 3 days apart. */
const SAME_MATCH_MS = 36 * 3_600_000;
const CORRECTED_DATE_MS = 7 * 86_400_000;

/** @param {Candidate} candidate */
const isPlayed = ({ match }) => match.score !== null;
/** @param {StoredFixture} stored */
const isFinished = ({ score }) => score !== null;
/**
 * @param {Candidate} candidate
 * @param {StoredFixture} stored
 */
const distance = ({ match }, { kickOff }) => Math.abs(match.kickOff - kickOff);

/**
 * @param {{ home: number, away: number }} fixture
 * @returns {string}
 */
const pairOf = ({ home, away }) => `${home}-${away}`;

/**
 * Whether two rows can be one fixture although their days differ: it was moved, its date was corrected, or the file is older than
 * what is stored. Where a pair meets once a season at one ground there is nothing else it could be.
 * @param {Candidate} candidate
 * @param {StoredFixture} stored
 * @param {boolean} repeats
 */
function isMoved(candidate, stored, repeats) {
  if (candidate.season !== stored.season) return false;
  if (!isFinished(stored)) return true;
  const { score, kickOff } = candidate.match;
  if (score === null) return kickOff < stored.kickOff;
  if (!repeats) return true;
  const isSameScore = score.home === stored.score?.home && score.away === stored.score.away;
  return isSameScore && distance(candidate, stored) <= CORRECTED_DATE_MS;
}

/**
 * Pairs off what fits, nearest days first.
 * @param {Candidate[]} candidates
 * @param {StoredFixture[]} stored
 * @param {(candidate: Candidate, stored: StoredFixture) => boolean} fits
 * @param {Map<Candidate, StoredFixture>} found added to
 */
function pairNearest(candidates, stored, fits, found) {
  const taken = new Set(found.values());
  const possible = candidates
    .filter((candidate) => !found.has(candidate))
    .flatMap((candidate) => stored.filter((fixture) => fits(candidate, fixture)).map((fixture) => ({ candidate, fixture })))
    .sort((a, b) => distance(a.candidate, a.fixture) - distance(b.candidate, b.fixture));
  for (const { candidate, fixture } of possible) {
    if (found.has(candidate) || taken.has(fixture)) continue;
    found.set(candidate, fixture);
    taken.add(fixture);
  }
}

/**
 * Finds for each row of a league the fixture that it speaks of.
 * @param {Candidate[]} candidates
 * @param {StoredFixture[]} stored the league's fixtures of these seasons and their neighbours
 * @param {boolean} repeats whether a team may receive another twice in a season
 * @returns {Paired[]} in the order of `candidates`
 */
export function pairUp(candidates, stored, repeats) {
  const groups = groupBy(stored, pairOf);
  /** @type {Map<Candidate, StoredFixture>} */
  const found = new Map();
  for (const [pair, rows] of groupBy(candidates, pairOf)) {
    const fixtures = groups.get(pair) ?? [];
    pairNearest(rows, fixtures, (row, fixture) => distance(row, fixture) < SAME_MATCH_MS, found);
    pairNearest(rows, fixtures, (row, fixture) => isMoved(row, fixture, repeats), found);
  }
  return candidates.map((candidate) => {
    const fixture = found.get(candidate) ?? null;
    return { ...candidate, stored: fixture, stale: fixture !== null && isFinished(fixture) && !isPlayed(candidate) };
  });
}

/**
 * @template T, K
 * @param {Iterable<T>} items
 * @param {(item: T) => K} keyOf
 * @returns {Map<K, T[]>}
 */
export function groupBy(items, keyOf) {
  /** @type {Map<K, T[]>} */
  const groups = new Map();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/**
 * Rows that speak of a match which an earlier row of the same file speaks of; of two, the one with a result stays.
 * @param {Candidate[]} candidates
 * @returns {Map<Candidate, Candidate>} the row that stays by the one that goes
 */
export function findRepeated(candidates) {
  /** @type {Map<Candidate, Candidate>} */
  const repeated = new Map();
  for (const rows of groupBy(candidates, pairOf).values()) {
    const byWorth = [...rows].sort((a, b) => Number(isPlayed(b)) - Number(isPlayed(a)) || a.match.line - b.match.line);
    byWorth.forEach((row, index) => {
      const kept = byWorth
        .slice(0, index)
        .find((other) => !repeated.has(other) && Math.abs(other.match.kickOff - row.match.kickOff) < SAME_MATCH_MS);
      if (kept) repeated.set(row, kept);
    });
  }
  return repeated;
}
