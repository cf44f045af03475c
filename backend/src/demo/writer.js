import { bulkInsert } from "../db/bulk.js";
import { isoWithOffset } from "../import/uktime.js";
import { pointsOf } from "./table.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./season.js").Fixture} Fixture */
/** @typedef {import("./season.js").Season} Season */
/** @typedef {import("./match.js").SideStats} SideStats */
/** @typedef {import("./world.js").Club} Club */
/** @typedef {import("./world.js").Country} Country */
/** @typedef {(string | number | null)[]} Values */

/** Country, then its first and second division and its cup. */
export const COMPETITIONS = 3;

/** @type {Record<string, string>} */
const STATUS_LONG = {
  FT: "Match Finished",
  AET: "Match Finished",
  PEN: "Match Finished",
  NS: "Not Started",
  TBD: "Time To Be Defined",
  PST: "Match Postponed",
  CANC: "Match Cancelled",
  ABD: "Match Abandoned",
  AWD: "Technical Loss",
  WO: "WalkOver",
};
/** @type {Record<string, number>} */
const ELAPSED = { FT: 90, AET: 120, PEN: 120 };

/** Ids as API-Football might have given them, far above its real ones. */
const API_ID_BASE = 90_000_000;

const FIXTURE_COLUMNS = [
  "fixture_id",
  "api_id",
  "league_id",
  "season_year",
  "round",
  "date",
  "timestamp",
  "timezone",
  "venue_id",
  "status_long",
  "status_short",
  "elapsed",
  "home_team_id",
  "away_team_id",
  "goals_home",
  "goals_away",
  "score_halftime_home",
  "score_halftime_away",
  "score_fulltime_home",
  "score_fulltime_away",
  "score_extratime_home",
  "score_extratime_away",
  "score_penalty_home",
  "score_penalty_away",
  "has_odds",
  "created_at",
  "updated_at",
];
const KIND_COLUMNS = 4;
const PRICE_COLUMNS = ["fixture_id", "bookmaker_id", "market_id", "handicap_value", "value_home_over", "value_draw", "value_away_under"];
const STATS_COLUMNS = [
  "fixture_id",
  "team_id",
  "half",
  "shots_on_goal",
  "shots_off_goal",
  "shots_total",
  "shots_inside_box",
  "corner_kicks",
  "fouls",
  "offsides",
  "ball_possession",
  "yellow_cards",
  "red_cards",
  "goalkeeper_saves",
  "passes_total",
  "passes_accurate",
];
const STANDING_COLUMNS = [
  "league_id",
  "season_year",
  "team_id",
  "group_name",
  "rank",
  "points",
  "goals_diff",
  "form",
  "played",
  "win",
  "draw",
  "lose",
  "goals_for",
  "goals_against",
  "updated_at",
];

/** @param {{ home: number, away: number } | null | undefined} score */
const pair = (score) => (score ? [score.home, score.away] : [null, null]);

/** Writes simulated seasons into an empty V3 database. */
export class DemoWriter {
  /**
   * @param {Connection} db
   * @param {number} today 00:00 UTC (ms), the time that rows say they were written at
   */
  constructor(db, today) {
    this.db = db;
    this.writtenAt = isoWithOffset(today).slice(0, 19).replace("T", " ");
    this.fixtures = 0;
    /** Prices of further markets, written last: the ids of other prices do not hang on them. @type {Values[]} */
    this.further = [];
    this.insertFixtures = bulkInsert(db, "V3_Fixtures", FIXTURE_COLUMNS);
    this.insertHistory = bulkInsert(db, "V3_Odds_History", [...PRICE_COLUMNS, "capture_timestamp"]);
    this.insertOdds = bulkInsert(db, "V3_Odds", [...PRICE_COLUMNS, "updated_at"]);
    this.insertStats = bulkInsert(db, "V3_Fixture_Stats", STATS_COLUMNS);
  }

  /**
   * @param {Country} country
   * @param {number} index of the country
   * @param {Club[]} clubs
   */
  writeCountry(country, index, clubs) {
    const stamp = [this.writtenAt, this.writtenAt];
    const stamped = ["created_at", "updated_at"];
    bulkInsert(this.db, "V3_Countries", ["country_id", "name", "code", "importance_rank", ...stamped])([
      [index + 1, country.name, country.code, index + 1, ...stamp],
    ]);
    const leagues = [...country.divisions.map(({ name }) => [name, "League"]), [country.cup, "Cup"]].map(([name, type], competition) => {
      const id = leagueId(index, competition);
      return [id, API_ID_BASE + id, name, type, index + 1, competition + 1, ...stamp];
    });
    bulkInsert(this.db, "V3_Leagues", ["league_id", "api_id", "name", "type", "country_id", "importance_rank", ...stamped])(leagues);
    const venues = clubs.map(({ id, town }) => [
      id,
      API_ID_BASE + id,
      `${town} Stadium`,
      town,
      8_000 + ((id * 7_919) % 50_000),
      "grass",
      ...stamp,
    ]);
    bulkInsert(this.db, "V3_Venues", ["venue_id", "api_id", "name", "city", "capacity", "surface", ...stamped])(venues);
    const teams = clubs.map(({ id, name, town }) => [
      id,
      API_ID_BASE + id,
      name,
      town.slice(0, 3).toUpperCase(),
      country.name,
      0,
      id,
      ...stamp,
    ]);
    bulkInsert(this.db, "V3_Teams", ["team_id", "api_id", "name", "code", "country", "national", "venue_id", ...stamped])(teams);
  }

  /**
   * @param {Season} season
   * @param {number} country index
   * @param {boolean} isCurrent
   */
  writeSeason(season, country, isCurrent) {
    const { fixtures, setting } = season;
    const inOrder = [...fixtures].sort((a, b) => a.kickOff - b.kickOff);
    const first = this.fixtures + 1;
    this.fixtures += inOrder.length;
    this.insertFixtures(inOrder.map((fixture, i) => this.fixtureRow(fixture, first + i, country, setting.year)));
    this.insertStats(inOrder.flatMap((fixture, i) => statsRows(fixture, first + i)));
    this.insertHistory(inOrder.flatMap(({ captures }, i) => captures.flatMap((capture) => priceRows(capture, first + i))));
    this.insertOdds(inOrder.flatMap(({ captures }, i) => captures.slice(-1).flatMap((capture) => priceRows(capture, first + i))));
    for (const [i, { captures }] of inOrder.entries()) {
      for (const { at, further } of captures) this.further.push(...priceRows({ at, quotes: further }, first + i));
    }
    this.writeSeasonRows(inOrder, country, setting.year, isCurrent);
    if (isCurrent) for (const division of [0, 1]) this.writeStandings(season, country, division);
  }

  /** Writes the prices of further markets, and the last of each: a handicap that moved has left its earlier lines behind. */
  writeFurther() {
    this.insertHistory(this.further);
    /** @type {Map<string, Values>} */
    const last = new Map();
    for (const row of this.further) last.set(row.slice(0, KIND_COLUMNS).join(), row);
    this.insertOdds([...last.values()]);
  }

  /**
   * @param {Fixture} fixture
   * @param {number} id
   * @param {number} country
   * @param {number} year
   * @returns {Values}
   */
  fixtureRow(fixture, id, country, year) {
    const { kickOff, timed, status, home, away, goals, result } = fixture;
    const fullTime = result?.fullTime ?? goals;
    return [
      id,
      API_ID_BASE + id,
      leagueId(country, fixture.competition),
      year,
      fixture.round,
      isoWithOffset(kickOff),
      timed ? kickOff / 1000 : null,
      "UTC",
      home.id,
      STATUS_LONG[status],
      status,
      ELAPSED[status] ?? null,
      home.id,
      away.id,
      ...pair(goals),
      ...pair(result?.halfTime),
      ...pair(fullTime),
      ...pair(result?.extraTime),
      ...pair(result?.penalties),
      fixture.hasOdds,
      this.writtenAt,
      this.writtenAt,
    ];
  }

  /**
   * @param {Fixture[]} fixtures of one season of a country
   * @param {number} country
   * @param {number} year
   * @param {boolean} isCurrent
   */
  writeSeasonRows(fixtures, country, year, isCurrent) {
    const rows = Array.from({ length: COMPETITIONS }, (_, competition) => {
      const days = fixtures
        .filter((fixture) => fixture.competition === competition)
        .map(({ kickOff }) => isoWithOffset(kickOff).slice(0, 10));
      return [leagueId(country, competition), year, days[0], days[days.length - 1], isCurrent ? 1 : 0];
    });
    bulkInsert(this.db, "V3_League_Seasons", ["league_id", "season_year", "start_date", "end_date", "is_current"])(rows);
  }

  /**
   * @param {Season} season
   * @param {number} country
   * @param {number} division
   */
  writeStandings(season, country, division) {
    const {
      country: { divisions },
      year,
    } = season.setting;
    const rows = season.table(division).map((standing, index) => {
      const { club, win, draw, lose, scored, conceded, form } = standing;
      return [
        leagueId(country, division),
        year,
        club.id,
        divisions[division].name,
        index + 1,
        pointsOf(standing),
        scored - conceded,
        form,
        win + draw + lose,
        win,
        draw,
        lose,
        scored,
        conceded,
        this.writtenAt,
      ];
    });
    bulkInsert(this.db, "V3_Standings", STANDING_COLUMNS)(rows);
  }
}

/**
 * @param {number} country index
 * @param {number} competition 0 and 1 for the divisions, 2 for the cup
 */
function leagueId(country, competition) {
  return country * COMPETITIONS + competition + 1;
}

/**
 * @param {{ at: number, quotes: import("./season.js").Quote[] }} capture
 * @param {number} fixture
 * @returns {Values[]}
 */
function priceRows({ at, quotes }, fixture) {
  const capturedAt = isoWithOffset(at);
  return quotes.map(({ bookmaker, market, line, values }) => {
    const draw = values.length === 3 ? values[1] : null;
    return [fixture, bookmaker, market, line, values[0], draw, values[values.length - 1], capturedAt];
  });
}

/**
 * @param {Fixture} fixture
 * @param {number} id
 * @returns {Values[]}
 */
function statsRows({ stats, home, away, goals }, id) {
  if (!stats || !goals) return [];
  return [
    statsRow(stats.home, id, home.id, stats.away.onGoal - goals.away),
    statsRow(stats.away, id, away.id, stats.home.onGoal - goals.home),
  ];
}

/**
 * @param {SideStats} side
 * @param {number} fixture
 * @param {number} team
 * @param {number} saves
 * @returns {Values}
 */
function statsRow(side, fixture, team, saves) {
  return [
    fixture,
    team,
    "FT",
    side.onGoal,
    side.offGoal,
    side.onGoal + side.offGoal,
    side.insideBox,
    side.corners,
    side.fouls,
    side.offsides,
    `${side.possession}%`,
    side.yellow,
    side.red,
    Math.max(0, saves),
    side.passes,
    side.accuratePasses,
  ];
}
