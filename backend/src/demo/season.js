import { furtherQuotesOf, quotesOf, viewsOf } from "./bookmakers.js";
import { CUP_ROUNDS, DAY_MS, WEEKS, midweekKickOff, roundRobin, roundsByWeek, saturdayOf, weekendKickOff } from "./calendar.js";
import { expectedGoals, play, statsOf, withLateNews } from "./match.js";
import { Random } from "./random.js";
import { tableOf } from "./table.js";
import { passWeek } from "./world.js";

/** @typedef {import("./bookmakers.js").Quote} Quote */
/** @typedef {import("./goals.js").Goals} Goals */
/** @typedef {import("./match.js").Result} Result */
/** @typedef {import("./match.js").SideStats} SideStats */
/** @typedef {import("./world.js").Club} Club */
/** @typedef {import("./world.js").Country} Country */
/** @typedef {import("./world.js").Division} Division */

/** @typedef {{ at: number, quotes: Quote[], further: Quote[] }} Capture prices as they stood at a moment (ms UTC), `further` of other markets */

/**
 * A match of the calendar.
 * @typedef {object} Planned
 * @property {number} competition 0 and 1 for the divisions, 2 for the cup
 * @property {string} round
 * @property {Club} home
 * @property {Club} away
 * @property {number} kickOff ms UTC
 * @property {boolean} isReplay whether it was postponed to this day
 */

/**
 * What the database is told of a match.
 * @typedef {object} Fixture
 * @property {number} competition
 * @property {string} round
 * @property {Club} home
 * @property {Club} away
 * @property {number} kickOff ms UTC
 * @property {boolean} timed whether the hour is fixed
 * @property {string} status short, by API-Football
 * @property {Goals | null} goals with extra time
 * @property {Result | null} result null for a match that was not played
 * @property {{ home: SideStats, away: SideStats } | null} stats
 * @property {Capture[]} captures
 * @property {number} hasOdds 0, 1 or -1
 */

/**
 * @typedef {object} SeasonSetting
 * @property {Country} country
 * @property {[Club[], Club[]]} clubs by division
 * @property {number} yearsAgo 0 for the running season
 * @property {number} year
 * @property {number} start first Saturday (ms UTC)
 * @property {number} today 00:00 UTC (ms); earlier matches have been played
 * @property {boolean} isOld whether fewer bookmakers are kept
 * @property {boolean} hasFurther whether prices of further markets are kept
 */

const CUP = 2;
/** @type {Division} */
const CUP_LAW = { name: "cup", teams: 32, homeAdvantage: 0.15, goals: 1.35 };

/** What befalls a match, by probability. */
const FATES = /** @type {const} */ ([
  ["AWD", 0.0016],
  ["CANC", 0.0006],
  ["ABD", 0.0004],
  ["WO", 0.0002],
  ["PST", 0.018],
]);
const WEEKS_TO_REPLAY = 3;
const NOT_OFFERED = 0.015;
const ODDS_AHEAD_MS = 14 * DAY_MS;
const CLOSING_MS = 5 * 60_000;
/** Weeks at the end of a season whose hours are not fixed while they are far off. */
const OPEN_WEEKS = 2;

/** One country's season, week by week. */
export class Season {
  /** @param {SeasonSetting} setting */
  constructor(setting) {
    this.setting = setting;
    /** @type {Fixture[]} */
    this.fixtures = [];
    /** @type {Map<number, Planned[]>} matches postponed to a week */
    this.replays = new Map();
    /** @type {Club[] | null} clubs left in the cup; null while a round is not over */
    this.inCup = [...setting.clubs[0], ...setting.clubs[1]].slice(0, CUP_LAW.teams);
    const random = this.stream("draw");
    this.divisions = setting.clubs.map((clubs) => {
      const rounds = roundRobin(random.shuffled(clubs));
      return { rounds, weeks: roundsByWeek(rounds.length) };
    });
  }

  /**
   * @param {string} name
   * @returns {Random} the season's own stream of that name, so that no part's chance hangs on how long another went on
   */
  stream(name) {
    return new Random(`${this.setting.country.name}|${this.setting.yearsAgo}|${name}`);
  }

  /** @returns {Fixture[]} the season's matches, played and to come */
  run() {
    for (let week = 0; week < WEEKS; week += 1) {
      const random = this.stream(`week ${week}`);
      const weekend = this.plannedWeekend(week, random);
      for (const match of weekend.sort((a, b) => a.kickOff - b.kickOff)) this.settle(match, week, random);
      this.playMidweek(week);
      for (const clubs of this.setting.clubs) passWeek(clubs, this.stream(`drift ${week}`));
    }
    return this.fixtures;
  }

  /**
   * @param {number} week
   * @param {Random} random
   * @returns {Planned[]}
   */
  plannedWeekend(week, random) {
    const { country, start } = this.setting;
    return this.divisions.flatMap(({ rounds, weeks }, competition) => {
      const round = weeks.get(week);
      if (round === undefined) return [];
      return random.shuffled(rounds[round]).map(([home, away], index) => {
        const kickOff = weekendKickOff(country, saturdayOf(start, week), index);
        return { competition, round: `Regular Season - ${round + 1}`, home, away, kickOff, isReplay: false };
      });
    });
  }

  /** @param {number} week */
  playMidweek(week) {
    const random = this.stream(`midweek ${week}`);
    for (const match of this.replays.get(week) ?? []) this.settle(match, week, random);
    const cupRound = CUP_ROUNDS.find((round) => round.week === week);
    if (cupRound && this.inCup) this.playCupRound(cupRound.name, week, this.inCup, random);
  }

  /**
   * @param {string} round
   * @param {number} week
   * @param {Club[]} clubs
   * @param {Random} random
   */
  playCupRound(round, week, clubs, random) {
    const { country, start } = this.setting;
    const drawn = random.shuffled(clubs);
    const winners = Array.from({ length: clubs.length / 2 }, (_, index) => {
      const kickOff = midweekKickOff(country, saturdayOf(start, week), index);
      const match = { competition: CUP, round, home: drawn[2 * index], away: drawn[2 * index + 1], kickOff, isReplay: false };
      return winnerOf(this.settle(match, week, random));
    });
    this.inCup = winners.every((club) => club !== null) ? winners : null;
  }

  /**
   * Plays a match, announces it, or lets its fate come over it.
   * @param {Planned} match
   * @param {number} week
   * @param {Random} random
   * @returns {Fixture | null} null when it was put off to a later day
   */
  settle(match, week, random) {
    if (match.kickOff >= this.setting.today) return this.announce(match, week, random);
    const fate = match.isReplay || match.competition === CUP ? null : drawFate(random);
    if (fate === null) return this.playOut(match, random);
    if (fate === "PST" && this.putOff(match, week)) return null;
    if (fate === "PST" && this.setting.yearsAgo > 0) return this.playOut(match, random);
    const isDecided = fate === "AWD" || fate === "WO";
    const goals = isDecided ? (random.chance(0.5) ? { home: 3, away: 0 } : { home: 0, away: 3 }) : null;
    return this.record({ ...match, timed: true, status: fate, goals, result: null, stats: null, captures: [], hasOdds: 0 });
  }

  /**
   * @param {Planned} match
   * @param {number} week
   * @returns {boolean} whether there was a free midweek before today
   */
  putOff(match, week) {
    const { country, start, today } = this.setting;
    const later = Array.from({ length: Math.max(0, WEEKS - week - WEEKS_TO_REPLAY) }, (_, i) => week + WEEKS_TO_REPLAY + i);
    const free = later.find((candidate) => this.isFree(candidate, match));
    if (free === undefined) return false;
    const queue = this.replays.get(free) ?? [];
    const kickOff = midweekKickOff(country, saturdayOf(start, free), queue.length);
    if (kickOff >= today) return false;
    this.replays.set(free, [...queue, { ...match, kickOff, isReplay: true }]);
    return true;
  }

  /**
   * @param {number} week
   * @param {Planned} match
   * @returns {boolean} whether the week's midweek has no cup and neither club another match
   */
  isFree(week, { home, away }) {
    const clubs = (this.replays.get(week) ?? []).flatMap((other) => [other.home, other.away]);
    return CUP_ROUNDS.every((round) => round.week !== week) && !clubs.includes(home) && !clubs.includes(away);
  }

  /**
   * @param {Planned} match
   * @param {Random} random
   * @returns {Fixture}
   */
  playOut(match, random) {
    const mean = expectedGoals(match.home, match.away, this.lawOf(match), match.kickOff);
    const news = withLateNews(mean, random);
    const result = play(news, match.competition === CUP, random);
    const stats = statsOf(news, result.fullTime, random);
    const isOffered = match.competition !== 1 || !random.chance(NOT_OFFERED);
    const captures = isOffered ? this.captures(match.kickOff, mean, news, random) : [];
    match.home.lastPlayed = match.kickOff;
    match.away.lastPlayed = match.kickOff;
    return this.record({
      ...match,
      timed: true,
      status: result.status,
      goals: totalGoals(result),
      result,
      stats,
      captures,
      hasOdds: isOffered ? 1 : -1,
    });
  }

  /**
   * @param {number} kickOff
   * @param {Goals} mean known a day ahead
   * @param {Goals} news known at closing
   * @param {Random} random
   * @returns {Capture[]}
   */
  captures(kickOff, mean, news, random) {
    const dayBefore = kickOff - DAY_MS + (random.integer(90) - 45) * 60_000;
    return [this.capture(dayBefore, mean, "before", random), this.capture(kickOff - CLOSING_MS, news, "closing", random)];
  }

  /**
   * @param {number} at ms UTC
   * @param {Goals} mean as far as it is known then
   * @param {'before' | 'closing'} moment
   * @param {Random} random
   * @returns {Capture}
   */
  capture(at, mean, moment, random) {
    const { isOld, hasFurther } = this.setting;
    const views = viewsOf(mean, moment, isOld, random);
    return { at, quotes: quotesOf(views), further: hasFurther ? furtherQuotesOf(views) : [] };
  }

  /**
   * A match to come: priced when it is near, its hour open when it is far.
   * @param {Planned} match
   * @param {number} week
   * @param {Random} random
   * @returns {Fixture}
   */
  announce(match, week, random) {
    const { start, today } = this.setting;
    const timed = match.competition === CUP || week < WEEKS - OPEN_WEEKS;
    const kickOff = timed ? match.kickOff : saturdayOf(start, week);
    const isNear = timed && kickOff < today + ODDS_AHEAD_MS;
    const mean = expectedGoals(match.home, match.away, this.lawOf(match), kickOff);
    const captures = isNear ? [this.capture(Math.min(kickOff - DAY_MS, today), mean, "before", random)] : [];
    const status = timed ? "NS" : "TBD";
    return this.record({ ...match, kickOff, timed, status, goals: null, result: null, stats: null, captures, hasOdds: isNear ? 1 : 0 });
  }

  /** @param {Planned} match */
  lawOf({ competition }) {
    return this.setting.country.divisions[competition] ?? CUP_LAW;
  }

  /**
   * @param {Fixture & { isReplay?: boolean }} fixture
   * @returns {Fixture}
   */
  record(fixture) {
    this.fixtures.push(fixture);
    return fixture;
  }

  /**
   * @param {number} division
   * @returns {import("./table.js").Standing[]}
   */
  table(division) {
    return tableOf(
      this.setting.clubs[division],
      this.fixtures.filter(({ competition }) => competition === division),
    );
  }
}

/**
 * @param {Random} random
 * @returns {(typeof FATES)[number][0] | null}
 */
function drawFate(random) {
  let left = random.uniform();
  for (const [fate, probability] of FATES) {
    left -= probability;
    if (left < 0) return fate;
  }
  return null;
}

/** @param {Result} result */
function totalGoals({ fullTime, extraTime }) {
  return { home: fullTime.home + (extraTime?.home ?? 0), away: fullTime.away + (extraTime?.away ?? 0) };
}

/**
 * @param {Fixture | null} fixture
 * @returns {Club | null} null when the match is not over
 */
function winnerOf(fixture) {
  if (!fixture?.goals) return null;
  const { goals, result, home, away } = fixture;
  const decided = goals.home === goals.away ? (result?.penalties ?? goals) : goals;
  return decided.home > decided.away ? home : away;
}

const PROMOTED = 3;

/**
 * Three go up, three come down.
 * @param {Season} season that is over
 * @returns {[Club[], Club[]]} the divisions of the next season, best first
 */
export function promote(season) {
  const [first, second] = [0, 1].map((division) => season.table(division).map(({ club }) => club));
  return [
    [...first.slice(0, -PROMOTED), ...second.slice(0, PROMOTED)],
    [...first.slice(-PROMOTED), ...second.slice(PROMOTED)],
  ];
}
