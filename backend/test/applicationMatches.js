import { quote } from "../src/demo/bookmakers.js";
import { DAY_MS, roundRobin } from "../src/demo/calendar.js";
import { drawScore, scoreLaw } from "../src/demo/goals.js";
import { Random } from "../src/demo/random.js";

/** @typedef {import("../src/demo/goals.js").Goals} Goals */

/** @typedef {{ market: number, line: number | null, values: (number | null)[] }} Price home/over/yes, draw, away/under/no */
/** @typedef {{ at: number, prices: Price[] }} Capture what a bookmaker said at a moment (ms UTC) */
/** @typedef {{ apiId: number, name: string, country: string, type: string }} League */
/** @typedef {{ apiId: number, name: string, country: string, quality: number }} Team */
/** @typedef {{ half: string, isHome: boolean, onGoal: number, total: number, corners: number, red: number }} Statistics */

/**
 * @typedef {object} Match
 * @property {string} name of a special case, else empty
 * @property {number} apiId
 * @property {League} league
 * @property {number} seasonYear
 * @property {string} round
 * @property {number} kickOff ms UTC
 * @property {number} offset hours, of the date as it is written
 * @property {string} status short, by API-Football
 * @property {Team} home
 * @property {Team} away
 * @property {Goals | null} goals
 * @property {Goals | null} fullTime
 * @property {Goals | null} extraTime
 * @property {Goals | null} penalty
 * @property {number} bookmaker the only one
 * @property {Capture[]} captures in order of time
 * @property {Statistics[]} statistics
 */

/** @typedef {{ leagues: League[], teams: Team[], matches: Match[] }} Matches in the order in which they are imported */

const HOUR_MS = 3_600_000;
const TEAMS = 12;
const ROUNDS = 22;
const SEASONS = 4;
const PRICED_SEASONS = 3;
/** Rounds of the running season that are over: the next is some days ahead. */
const PLAYED = 15;
const DAYS_TO_NEXT = 4;
const EMPTY_LEAGUES = 1000;
const KICK_OFF_HOURS = [12, 14, 14, 16, 18, 19];

/** Ids of API-Football at the start of a season: those of the first are small, and so are other matches' internal ones. */
const FIRST_API_IDS = [90, 327_000, 868_000, 1_208_000];

/** @type {League[]} ids as API-Football has them, which are other leagues' internal ones */
const LEAGUES = [
  { apiId: 39, name: "Premier League", country: "England", type: "League" },
  { apiId: 140, name: "La Liga", country: "Spain", type: "League" },
  { apiId: 135, name: "Serie A", country: "Italy", type: "League" },
  { apiId: 61, name: "Ligue 1", country: "France", type: "League" },
];

/** @type {League} */
const CUP = { apiId: 48, name: "League Cup", country: "England", type: "Cup" };

const COMMON_NAMES = ["Premier League", "Serie A", "Ligue 1", "Cup", "First Division", "Super Cup"];

/** One bookmaker a match: Winamax, else Unibet, else the first that is listed. */
const BOOKMAKERS = [52, 11, 8];

/** @returns {League[]} as the import of all leagues leaves them: dozens of one name, of no match */
function emptyLeagues() {
  return Array.from({ length: EMPTY_LEAGUES }, (_, i) => ({
    apiId: 2000 + i,
    name: COMMON_NAMES[i % COMMON_NAMES.length],
    country: `Country ${1 + Math.floor(i / COMMON_NAMES.length)}`,
    type: i % COMMON_NAMES.length === 3 ? "Cup" : "League",
  }));
}

/**
 * @param {Random} random
 * @returns {Team[][]} by league
 */
function teamsByLeague(random) {
  return LEAGUES.map(({ country }, league) =>
    Array.from({ length: TEAMS }, (_, i) => ({
      apiId: 500 + 40 * league + i,
      name: `${country} Town ${i + 1}`,
      country,
      quality: random.normal(0, 0.3),
    })),
  );
}

/** @param {Team} home @param {Team} away */
function meanOf(home, away) {
  return { home: 1.5 * Math.exp(home.quality - away.quality), away: 1.2 * Math.exp(away.quality - home.quality) };
}

/**
 * @param {Goals} mean
 * @param {'before' | 'closing'} moment
 * @param {number} bookmaker
 * @param {Random} random
 * @returns {Price[]} match winner, over/under 2.5, both score, double chance and Asian handicap
 */
function pricesOf(mean, moment, bookmaker, random) {
  const prices = quote(mean, moment, false, random)
    .filter((one) => one.bookmaker === bookmaker)
    .map(({ market, line, values }) => ({ market, line, values: values.length === 3 ? values : [values[0], null, values[1]] }));
  const [home, draw, away] = /** @type {number[]} */ (prices[0].values);
  const either = (/** @type {number} */ a, /** @type {number} */ b) => Number(Math.max(1.01, 1 / (1 / a + 1 / b)).toFixed(2));
  prices.push({ market: 12, line: null, values: [either(home, draw), either(home, away), either(draw, away)] });
  prices.push({ market: 4, line: -0.5, values: [home, null, either(draw, away)] });
  return prices;
}

/**
 * @param {number} kickOff
 * @param {number} now
 * @returns {number[]} when the backend looked at the prices of a match: the second look fetched nothing new
 */
function looks(kickOff, now) {
  const wanted = kickOff > now ? [now - 30 * HOUR_MS, now - 20 * HOUR_MS, now - 3 * HOUR_MS] : [44, 20, 2].map((hours) => kickOff - hours * HOUR_MS);
  return wanted.map((at) => at - (at % 1000));
}

/**
 * @param {Goals} mean
 * @param {number} kickOff
 * @param {number} bookmaker
 * @param {number} now
 * @param {Random} random
 * @returns {Capture[]}
 */
function capturesOf(mean, kickOff, bookmaker, now, random) {
  const [first, second] = /** @type {const} */ (["before", "closing"]).map((moment) => pricesOf(mean, moment, bookmaker, random));
  const [early, between, late] = looks(kickOff, now);
  return [
    { at: early, prices: first },
    { at: between, prices: first },
    { at: late, prices: second },
  ];
}

/**
 * @param {Goals} goals
 * @param {Random} random
 * @param {number} index of the match: some have the zeros that the columns default to, some have halves too
 * @returns {Statistics[]}
 */
function statisticsOf(goals, random, index) {
  const side = (/** @type {boolean} */ isHome, /** @type {string} */ half) => {
    const onGoal = (isHome ? goals.home : goals.away) + random.poisson(3);
    return { half, isHome, onGoal, total: onGoal + random.poisson(7), corners: random.poisson(5), red: random.chance(0.08) ? 1 : 0 };
  };
  if (index % 25 === 0) return [true, false].map((isHome) => ({ half: "FT", isHome, onGoal: 0, total: 0, corners: 0, red: 0 }));
  const halves = index % 10 === 1 ? ["FT", "1H", "2H"] : ["FT"];
  return halves.flatMap((half) => [side(true, half), side(false, half)]);
}

/** A calendar of matches, in which everything that the real application leaves behind happens. */
class Calendar {
  /** @param {number} now ms UTC */
  constructor(now) {
    this.now = now;
    this.random = new Random("application");
    this.teams = teamsByLeague(this.random);
    this.start = now - (now % DAY_MS) + DAYS_TO_NEXT * DAY_MS - PLAYED * 7 * DAY_MS;
    this.year = new Date(this.start).getUTCFullYear();
    /** @type {Match[]} */
    this.matches = [];
  }

  /** @returns {Matches} */
  all() {
    for (const league of LEAGUES.keys()) for (let season = 0; season < SEASONS; season += 1) this.addSeason(league, season);
    this.addCup();
    this.addComing();
    this.numberMatches();
    return { leagues: [...emptyLeagues(), ...LEAGUES, CUP], teams: this.teams.flat(), matches: this.matches };
  }

  /**
   * @param {number} league
   * @param {number} season
   */
  addSeason(league, season) {
    const yearsAgo = SEASONS - 1 - season;
    const start = this.start - yearsAgo * 52 * 7 * DAY_MS;
    const last = yearsAgo === 0 ? PLAYED : ROUNDS - 1;
    for (const [round, pairs] of roundRobin(this.teams[league]).slice(0, last + 1).entries()) {
      for (const [i, [home, away]] of pairs.entries()) {
        const kickOff = start + round * 7 * DAY_MS + KICK_OFF_HOURS[i] * HOUR_MS;
        this.add({ league: LEAGUES[league], seasonYear: this.year - yearsAgo, round: `Regular Season - ${round + 1}`, kickOff, home, away });
      }
    }
  }

  /**
   * @param {Partial<Match> & Pick<Match, "league" | "home" | "away" | "kickOff">} known
   * @returns {Match} which is finished or to come, as its kick-off has it, but for what is known of it
   */
  add(known) {
    const mean = meanOf(known.home, known.away);
    const isOver = known.kickOff < this.now;
    const goals = isOver ? drawScore(scoreLaw(mean), this.random) : null;
    const place = this.matches.length;
    const bookmaker = known.bookmaker ?? BOOKMAKERS[place % BOOKMAKERS.length];
    const isPriced = known.kickOff > this.start - (PRICED_SEASONS - 1) * 52 * 7 * DAY_MS;
    const match = {
      name: "",
      apiId: 0,
      seasonYear: this.year,
      round: "Regular Season - 1",
      offset: known.league.country === "Spain" ? 1 : 0,
      status: isOver ? "FT" : "NS",
      goals,
      fullTime: goals,
      extraTime: null,
      penalty: null,
      bookmaker,
      captures: isPriced ? capturesOf(mean, known.kickOff, bookmaker, this.now, this.random) : [],
      statistics: goals ? statisticsOf(goals, this.random, place) : [],
      ...known,
    };
    this.matches.push(match);
    return match;
  }

  /** Cup ties, and what else may stand in the place of a result. */
  addCup() {
    const [home, away] = this.teams[0];
    const tie = { league: CUP, round: "Quarter-finals", home, away };
    const score = (/** @type {number} */ h, /** @type {number} */ a) => ({ home: h, away: a });
    const past = (/** @type {number} */ days) => this.start + days * DAY_MS + 19 * HOUR_MS;
    const level = { goals: score(2, 2), fullTime: score(2, 2) };
    this.add({ ...tie, ...level, name: "penalties", kickOff: past(10), status: "PEN", extraTime: score(0, 0), penalty: score(2, 3) });
    this.add({ ...tie, name: "extra_time", kickOff: past(17), status: "AET", goals: score(3, 2), fullTime: score(2, 2), extraTime: score(1, 0) });
    this.add({ ...tie, ...level, name: "penalties_without_fulltime", kickOff: past(24), status: "PEN", fullTime: null, penalty: score(4, 3) });
    this.add({ ...tie, name: "finished_without_fulltime", kickOff: past(31), goals: score(1, 0), fullTime: null });
    this.add({ ...tie, name: "awarded", kickOff: past(38), status: "AWD", goals: score(3, 0), fullTime: null, statistics: [] });
    for (const status of ["WO", "ABD", "CANC"]) {
      this.add({ ...tie, name: status.toLowerCase(), kickOff: past(45), status, goals: null, fullTime: null, statistics: [] });
    }
    this.add({ ...tie, name: "suspended", kickOff: past(52), status: "SUSP", goals: score(1, 1), fullTime: null, statistics: [] });
    this.add({ ...tie, name: "postponed", kickOff: past(59), status: "PST", goals: null, fullTime: null, statistics: [] });
  }

  /** Matches ahead whose hour nobody knows, and those whose prices say little. */
  addComing() {
    const midnight = this.now - (this.now % DAY_MS);
    const [home, away, third, fourth] = this.teams[1];
    const pair = { league: LEAGUES[1], round: "Regular Season - 17" };
    const onDay = (/** @type {number} */ days, hour = 0) => midnight + days * DAY_MS + hour * HOUR_MS;
    this.add({ ...pair, home, away: third, name: "tbd_midnight", kickOff: onDay(9), offset: 0, status: "TBD" });
    this.add({ ...pair, home: fourth, away, name: "tbd_placeholder", kickOff: onDay(10, 16), status: "TBD" });
    this.add({ ...pair, home: third, away: fourth, name: "unpriced", kickOff: onDay(11, 18), captures: [] });
    this.add({ ...pair, home, away: fourth, name: "several_prices_of_one_second", kickOff: onDay(12, 18), bookmaker: 8 });
    const doubtful = this.add({ ...pair, home: away, away: third, name: "double_chance_only", kickOff: onDay(13, 18), bookmaker: 8 });
    for (const capture of doubtful.captures) capture.prices = capture.prices.filter(({ market }) => market === 12);
    const kickOff = this.now - 70 * 60_000;
    const goals = { home: 1, away: 0 };
    this.add({ ...pair, home: third, away, name: "live", kickOff, status: "2H", goals, fullTime: null, captures: [], statistics: [] });
  }

  /** API-Football numbers the matches of a season in order of kick-off, all leagues together. */
  numberMatches() {
    const next = [...FIRST_API_IDS];
    for (const match of [...this.matches].sort((a, b) => a.kickOff - b.kickOff)) {
      const season = SEASONS - 1 - (this.year - match.seasonYear);
      match.apiId = next[season];
      next[season] += 1;
    }
  }
}

/**
 * Some 2,000 finished matches of four leagues and a cup and some 30 to come, as API-Football tells of them, and a thousand leagues
 * without any.
 * @param {number} now ms UTC
 * @returns {Matches}
 */
export function applicationMatches(now) {
  return new Calendar(now).all();
}
