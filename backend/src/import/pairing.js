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

/**
 * @typedef {object} Finding what the database has of a row
 * @property {StoredFixture | null} stored
 * @property {boolean} stale whether the row knows less than what is stored
 * @property {StoredFixture | null} earlier a match of the pair and season that the row could have been taken for, but is not
 */

/** @typedef {Candidate & Finding} Paired */

/**
 * How a league's file is read.
 * @typedef {object} League
 * @property {boolean} repeats whether a team may receive another twice in a season
 * @property {(stored: StoredFixture) => boolean} covers whether the file has the matches around a stored one
 */

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
 * @param {Candidate} candidate
 * @param {StoredFixture} stored
 */
const isSameScore = ({ match: { score } }, stored) => score?.home === stored.score?.home && score?.away === stored.score?.away;

/**
 * @param {Candidate} candidate
 * @param {StoredFixture} stored
 * @returns {boolean} whether the stored day is the row's with day and month exchanged, as dates of the United States were read once
 */
function isSwapped(candidate, stored) {
  const [right, wrong] = [new Date(candidate.match.day), new Date(stored.kickOff)];
  const isExchanged = wrong.getUTCDate() === right.getUTCMonth() + 1 && wrong.getUTCMonth() + 1 === right.getUTCDate();
  return isExchanged && wrong.getUTCFullYear() === right.getUTCFullYear() && isSameScore(candidate, stored);
}

/**
 * Whether two rows can be one fixture although their days differ: it was moved, its date was corrected, or the file is older than
 * what is stored. Where a pair meets once a season at one ground, a match to come is no second one, and neither is one of the same
 * score; one of another score, more than days away, is: a play-off. It is the same where the file, which covers the stored day,
 * no longer has a match there: that one was abandoned or annulled.
 * @param {Candidate} candidate
 * @param {StoredFixture} stored
 * @param {League} league
 */
function isMoved(candidate, stored, { repeats, covers }) {
  if (candidate.season !== stored.season) return false;
  if (!isFinished(stored)) return true;
  const isNear = distance(candidate, stored) <= CORRECTED_DATE_MS;
  if (!isPlayed(candidate)) return !repeats || isNear || candidate.match.kickOff < stored.kickOff;
  if (isNear) return !repeats || isSameScore(candidate, stored);
  return (!repeats && isSameScore(candidate, stored)) || covers(stored);
}

/**
 * Pairs off what fits, nearest days first.
 * @param {Candidate[]} candidates
 * @param {StoredFixture[]} stored
 * @param {(candidate: Candidate, stored: StoredFixture) => boolean} fits
 * @param {Map<Candidate, StoredFixture>} found added to
 */
function pairNearest(candidates, stored, fits, found) {
  if (stored.length === 0) return;
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
  const league = { repeats, covers: coverage(candidates, stored) };
  /** @type {Map<Candidate, StoredFixture>} */
  const found = new Map();
  const pairs = groupBy(candidates, pairOf);
  for (const [pair, rows] of pairs) {
    const fixtures = groups.get(pair) ?? [];
    pairNearest(rows, fixtures, (row, fixture) => distance(row, fixture) < SAME_MATCH_MS, found);
  }
  pairSwapped(candidates, groups, found);
  for (const [pair, rows] of pairs) {
    pairNearest(rows, groups.get(pair) ?? [], (row, fixture) => isMoved(row, fixture, league), found);
  }
  return candidates.map((candidate) => {
    const fixture = found.get(candidate) ?? null;
    const others = fixture === null && !repeats ? (groups.get(pairOf(candidate)) ?? []) : [];
    return {
      match: candidate.match,
      season: candidate.season,
      home: candidate.home,
      away: candidate.away,
      stored: fixture,
      stale: fixture !== null && isFinished(fixture) && !isPlayed(candidate),
      earlier: others.find(({ season }) => season === candidate.season) ?? null,
    };
  });
}

/**
 * @param {StoredFixture} kept
 * @param {StoredFixture} other of the same pair
 * @param {boolean} repeats
 */
function isCopy(kept, other, repeats) {
  const distance = Math.abs(kept.kickOff - other.kickOff);
  if (distance < SAME_MATCH_MS) return true;
  if (kept.season !== other.season || !isFinished(kept)) return false;
  const isSame = !isFinished(other) || (kept.score?.home === other.score?.home && kept.score?.away === other.score?.away);
  return isSame && (!repeats || distance <= CORRECTED_DATE_MS);
}

/**
 * Stored fixtures that are the same match as another one: names were kept apart when they were imported, or a match to come of a
 * pair that has met was taken for a second one.
 * @param {StoredFixture[]} stored of one league
 * @param {boolean} repeats whether a team may receive another twice in a season
 * @returns {Map<StoredFixture, StoredFixture>} the one that stays by the one that goes
 */
export function findCopies(stored, repeats) {
  /** @type {Map<StoredFixture, StoredFixture>} */
  const copies = new Map();
  for (const fixtures of groupBy(stored, pairOf).values()) {
    const byWorth = [...fixtures].sort((a, b) => Number(isFinished(b)) - Number(isFinished(a)) || a.id - b.id);
    byWorth.forEach((other, index) => {
      const kept = byWorth.slice(0, index).find((fixture) => !copies.has(fixture) && isCopy(fixture, other, repeats));
      if (kept) copies.set(other, kept);
    });
  }
  return copies;
}

/** So many matches of one pair and score whose days differ by just that are no chance. */
const ENOUGH_SWAPPED = 3;

/**
 * Pairs off fixtures that stand at days of which month and day are exchanged, where a file shows several.
 * @param {Candidate[]} candidates
 * @param {Map<string, StoredFixture[]>} groups stored fixtures by pair
 * @param {Map<Candidate, StoredFixture>} found added to
 */
function pairSwapped(candidates, groups, found) {
  const taken = new Set(found.values());
  const swapped = candidates.flatMap((row) => {
    const fixture = found.has(row) ? undefined : groups.get(pairOf(row))?.find((other) => !taken.has(other) && isSwapped(row, other));
    return fixture === undefined ? [] : [{ row, fixture }];
  });
  if (new Set(swapped.map(({ fixture }) => fixture)).size < ENOUGH_SWAPPED) return;
  for (const { row, fixture } of swapped) {
    if (!taken.has(fixture)) found.set(row, fixture);
    taken.add(fixture);
  }
}

/** A file that has this share of a season's stored matches is one of the whole season, not an excerpt. */
const WHOLE = 0.8;
/** Fewer rows are an excerpt, whatever is stored. */
const FEW = 20;

/**
 * @param {Candidate[]} candidates
 * @param {StoredFixture[]} stored
 * @returns {League['covers']}
 */
function coverage(candidates, stored) {
  const seasons = groupBy(candidates, ({ season }) => season);
  const sizes = groupBy(stored, ({ season }) => season);
  return ({ season, kickOff }) => {
    const rows = seasons.get(season) ?? [];
    const isWhole = rows.length >= FEW && rows.length >= WHOLE * (sizes.get(season)?.length ?? 0);
    return isWhole && rows.some(({ match }) => match.kickOff < kickOff) && rows.some(({ match }) => match.kickOff > kickOff);
  };
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
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/**
 * @param {Candidate} candidate
 * @returns {number} how much is known of the match beside its score
 */
const richness = ({ match }) => Number(match.halfTime !== null) + Number(match.stats !== null) + match.prices.length;

/**
 * @param {Candidate} a
 * @param {Candidate} b
 * @param {boolean} repeats
 * @returns {boolean} whether two rows of one pair are one match, listed twice: a postponed one may stand at both days
 */
function isListedTwice(a, b, repeats) {
  const distance = Math.abs(a.match.kickOff - b.match.kickOff);
  if (distance < SAME_MATCH_MS) return true;
  const [one, other] = [a.match.score, b.match.score];
  const isSame = one === null || other === null || (one.home === other.home && one.away === other.away);
  return isSame && a.season === b.season && (!repeats || distance <= CORRECTED_DATE_MS);
}

/**
 * Rows that speak of a match which another row of the same file speaks of. Of two, the one with a result stays, then the one that
 * knows more, then the later day.
 * @param {Candidate[]} candidates
 * @param {boolean} repeats whether a team may receive another twice in a season
 * @returns {Map<Candidate, Candidate>} the row that stays by the one that goes
 */
export function findRepeated(candidates, repeats) {
  /** @type {Map<Candidate, Candidate>} */
  const repeated = new Map();
  for (const rows of groupBy(candidates, pairOf).values()) {
    const byWorth = [...rows].sort((a, b) => Number(isPlayed(b)) - Number(isPlayed(a)) || order(a, b));
    byWorth.forEach((row, index) => {
      const kept = byWorth.slice(0, index).find((other) => !repeated.has(other) && isListedTwice(other, row, repeats));
      if (kept) repeated.set(row, kept);
    });
  }
  return repeated;
}

/**
 * @param {Candidate} a
 * @param {Candidate} b
 */
function order(a, b) {
  const isSameTime = Math.abs(a.match.kickOff - b.match.kickOff) < SAME_MATCH_MS;
  return isSameTime ? a.match.line - b.match.line : richness(b) - richness(a) || b.match.kickOff - a.match.kickOff;
}
