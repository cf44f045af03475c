import { groupBy } from "./pairing.js";

/** @typedef {import("./matches.js").Match} Match */
/** @typedef {import("./pairing.js").StoredFixture} StoredFixture */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No club plays twice within it; a day alone, and another time zone, lie within it. */
const ONE_MATCH_MS = 30 * HOUR_MS;

/** A schedule shared by chance: at one ground on one day some other match ends alike in one of ten cases. */
const ENOUGH_ALIKE = 5;
const SHARE_ALIKE = 0.8;

/**
 * One side of a match.
 * @typedef {object} Appearance
 * @property {'home' | 'away'} side
 * @property {number} kickOff ms UTC
 * @property {import("./matches.js").Score | null} score
 * @property {string} opponent name
 */

/** @typedef {{ fixture: StoredFixture, team: number, opponent: number }} StoredAppearance */

/**
 * @param {Match[]} matches
 * @param {(name: string) => string} keyOf
 * @returns {Map<string, Appearance[]>} by key of the club
 */
function appearancesOf(matches, keyOf) {
  const all = matches.flatMap(({ home, away, kickOff, score }) => [
    { club: keyOf(home), side: /** @type {const} */ ("home"), kickOff, score, opponent: keyOf(away) },
    { club: keyOf(away), side: /** @type {const} */ ("away"), kickOff, score, opponent: keyOf(home) },
  ]);
  return groupBy(all, ({ club }) => club);
}

/** @param {number} time */
const dayOf = (time) => Math.floor(time / DAY_MS);

/** The stored sides by day. */
class Schedule {
  /** @param {StoredFixture[]} stored */
  constructor(stored) {
    this.home = groupBy(stored, ({ kickOff }) => dayOf(kickOff));
    const teams = stored.flatMap((fixture) => [fixture.home, fixture.away].map((team) => ({ team, kickOff: fixture.kickOff })));
    this.days = new Map([...groupBy(teams, ({ team }) => team)].map(([team, rows]) => [team, rangeOf(rows)]));
  }

  /**
   * @param {Appearance} appearance
   * @returns {StoredAppearance[]} sides that it can be, whoever they are
   */
  alike({ side, kickOff, score }) {
    const day = dayOf(kickOff);
    return [day - 1, day, day + 1].flatMap((near) =>
      (this.home.get(near) ?? [])
        .filter((fixture) => Math.abs(fixture.kickOff - kickOff) < ONE_MATCH_MS && isCompatible(score, fixture.score))
        .map((fixture) => ({ fixture, team: fixture[side], opponent: fixture[side === "home" ? "away" : "home"] })),
    );
  }

  /**
   * @param {number} team
   * @param {Appearance[]} appearances
   * @returns {number} how many of them fall into the time of which the team's matches are stored
   */
  within(team, appearances) {
    const { first, last } = this.days.get(team) ?? { first: 0, last: -1 };
    return appearances.filter(({ kickOff }) => kickOff > first - ONE_MATCH_MS && kickOff < last + ONE_MATCH_MS).length;
  }
}

/** @param {{ kickOff: number }[]} rows */
function rangeOf(rows) {
  const times = rows.map(({ kickOff }) => kickOff);
  return { first: Math.min(...times), last: Math.max(...times) };
}

/**
 * @param {Match['score']} a
 * @param {Match['score']} b
 * @returns {boolean} whether they are equal, or one is not known yet
 */
function isCompatible(a, b) {
  return a === null || b === null || (a.home === b.home && a.away === b.away);
}

/**
 * Finds clubs that a file writes under a new name: where their matches are those of a stored club which the file does not have at
 * that time. One match against a known opponent will do, since nobody plays two on a day; where both names are new, several of
 * the same day, side and score.
 * @param {Match[]} matches of one league
 * @param {StoredFixture[]} stored the league's
 * @param {{ keyOf: (name: string) => string, idOf: (key: string) => number | undefined }} names
 * @returns {Map<string, number>} team id by key of the new name
 */
export function findRenamed(matches, stored, { keyOf, idOf }) {
  /** @type {Map<string, number>} */
  const found = new Map();
  const names = new Set(matches.flatMap(({ home, away }) => [keyOf(home), keyOf(away)]));
  const unknown = [...names].filter((key) => idOf(key) === undefined);
  if (unknown.length === 0 || stored.length === 0) return found;
  const appearances = appearancesOf(matches, keyOf);
  const schedule = new Schedule(stored);
  const present = new Map([...appearances].map(([key, rows]) => [idOf(key), rangeOf(rows)]));
  const isFree = (/** @type {number} */ team, /** @type {Appearance[]} */ rows) => {
    const own = present.get(team);
    const range = rangeOf(rows);
    return ![...found.values()].includes(team) && (own === undefined || own.last < range.first || own.first > range.last);
  };
  const resolve = (/** @type {string} */ key) => found.get(key) ?? idOf(key);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const key of unknown.filter((name) => !found.has(name))) {
      const rows = appearances.get(key) ?? [];
      const team = likeliest(rows, schedule, resolve, (candidate) => isFree(candidate, rows));
      if (team !== null) found.set(key, team);
    }
  }
  return found;
}

/**
 * @param {Appearance[]} rows of one new name
 * @param {Schedule} schedule
 * @param {(key: string) => number | undefined} resolve
 * @param {(team: number) => boolean} isFree
 * @returns {number | null}
 */
function likeliest(rows, schedule, resolve, isFree) {
  /** @type {Map<number, { alike: number, sure: number }>} */
  const counts = new Map();
  for (const row of rows) {
    const opponent = resolve(row.opponent);
    for (const { fixture, team, opponent: other } of schedule.alike(row)) {
      if (opponent !== undefined ? opponent !== other : row.score === null || fixture.score === null) continue;
      const count = counts.get(team) ?? { alike: 0, sure: 0 };
      counts.set(team, { alike: count.alike + 1, sure: count.sure + Number(opponent !== undefined) });
    }
  }
  const likely = [...counts].filter(([team, { alike, sure }]) => {
    const isEnough = sure > 0 || alike >= ENOUGH_ALIKE;
    return isEnough && alike >= SHARE_ALIKE * schedule.within(team, rows) && isFree(team);
  });
  return likely.length === 1 ? likely[0][0] : null;
}

/**
 * Finds clubs that stand in the database under a spelling of a list of fixtures alone: one of their matches to come is, in the
 * file, between the same opponent, on the same day and side, and a club of another name; the file does not have them.
 * @param {import("./pairing.js").Candidate[]} candidates
 * @param {StoredFixture[]} stored the league's
 * @param {(team: number) => boolean} hasPlayed whether any result of the team is stored
 * @returns {Map<number, number>} team id of the right name by that of the wrong one
 */
export function findMisspelt(candidates, stored, hasPlayed) {
  const present = new Set(candidates.flatMap(({ home, away }) => [home, away]));
  /** @type {Map<number, number>} */
  const found = new Map();
  const byDay = groupBy(candidates, ({ match }) => dayOf(match.kickOff));
  for (const fixture of stored) {
    if (fixture.score !== null || (present.has(fixture.home) && present.has(fixture.away))) continue;
    const day = dayOf(fixture.kickOff);
    for (const candidate of [day - 1, day, day + 1].flatMap((near) => byDay.get(near) ?? [])) {
      const names = otherName(candidate, fixture);
      if (names !== null && !present.has(names.wrong) && !hasPlayed(names.wrong)) found.set(names.wrong, names.right);
    }
  }
  return found;
}

/**
 * @param {import("./pairing.js").Candidate} candidate
 * @param {StoredFixture} fixture
 * @returns {{ wrong: number, right: number } | null} the sides that differ where the other side and the time are the same
 */
function otherName({ match, home, away }, fixture) {
  const isSameTime = Math.abs(match.kickOff - fixture.kickOff) < ONE_MATCH_MS;
  if (!isSameTime || (home === fixture.home) === (away === fixture.away)) return null;
  return home === fixture.home ? { wrong: fixture.away, right: away } : { wrong: fixture.home, right: home };
}
