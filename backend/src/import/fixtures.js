import { bulkInsert } from "../db/bulk.js";
import { scalar } from "../db/schema.js";
import { idIsTaken } from "./directory.js";
import { importedId } from "./ids.js";
import { isoWithOffset } from "./uktime.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./pairing.js").StoredFixture} StoredFixture */
/** @typedef {import("./pairing.js").Paired} Paired */
/** @typedef {import("./matches.js").Match} Match */
/** @typedef {(string | number | null)[]} Values */

const DAY_MS = 86_400_000;

/** What a file can tell about a fixture, in the order in which it is compared and written. */
const TOLD = [
  "season_year",
  "date",
  "timestamp",
  "status_long",
  "status_short",
  "elapsed",
  "goals_home",
  "goals_away",
  "score_halftime_home",
  "score_halftime_away",
  "score_fulltime_home",
  "score_fulltime_away",
  "has_odds",
  "xg_home",
  "xg_away",
];
const IDENTITY = ["fixture_id", "api_id", "league_id", "home_team_id", "away_team_id", "timezone"];
const API_ID = IDENTITY.indexOf("api_id");
const STATUS = TOLD.indexOf("status_short");
const HALF_TIME = TOLD.indexOf("score_halftime_home");
const FULL_TIME = TOLD.indexOf("score_fulltime_home");
const GOALS = TOLD.indexOf("goals_home");
const HAS_ODDS = TOLD.indexOf("has_odds");
const EXPECTED_GOALS = TOLD.indexOf("xg_home");

/** `status_long`, `status_short`, `elapsed` as API-Football writes them. */
const STATUS_VALUES = {
  FT: ["Match Finished", "FT", 90],
  AWD: ["Technical Loss", "AWD", null],
  ABD: ["Match Abandoned", "ABD", null],
  NS: ["Not Started", "NS", null],
};

/**
 * A row whose fixture is in the database.
 * @typedef {Paired & { id: number, kickOff: number, isNew: boolean, older: boolean }} Placed `older` rows come from an older copy
 *   than what is stored, and change nothing that is known
 */

/**
 * @param {Values} row fixture_id, home, away, then `TOLD`
 * @returns {StoredFixture}
 */
function toStored([id, home, away, ...values]) {
  const [season, date, timestamp] = values;
  const score = values[GOALS] === null ? null : { home: Number(values[GOALS]), away: Number(values[GOALS + 1]) };
  return {
    id: Number(id),
    season: Number(season),
    home: Number(home),
    away: Number(away),
    kickOff: Date.parse(String(date)),
    timed: timestamp !== null,
    status: String(values[STATUS]),
    score,
    values,
  };
}

/**
 * @param {Connection} db
 * @param {number} leagueId
 * @param {number} first season
 * @param {number} last season
 * @returns {StoredFixture[]}
 */
export function loadFixtures(db, leagueId, first, last) {
  const sql = `SELECT fixture_id, home_team_id, away_team_id, ${TOLD.join(", ")} FROM V3_Fixtures WHERE league_id = ? AND season_year BETWEEN ? AND ?`;
  return /** @type {Values[]} */ (db.prepare(sql).raw().all([leagueId, first, last])).map(toStored);
}

/**
 * Where only the day is told, an hour known before stays, if it is that day's.
 * @param {Match} match
 * @param {StoredFixture | null} stored
 * @returns {{ kickOff: number, timed: boolean }}
 */
function kickOffOf(match, stored) {
  const keepsHour = stored !== null && stored.timed && !match.timed && Math.floor(stored.kickOff / DAY_MS) * DAY_MS === match.day;
  return keepsHour ? stored : match;
}

/**
 * That a result was awarded shows beside the other matches of its season; a shorter file that only repeats the score does not
 * take it back, one with a half-time score does.
 * @param {Paired} row
 * @returns {Match['status']}
 */
function statusOf({ match, stored }) {
  const { score, halfTime, status } = match;
  const isRepeated = score?.home === stored?.score?.home && score?.away === stored?.score?.away;
  return status === "FT" && stored?.status === "AWD" && isRepeated && halfTime === null ? "AWD" : status;
}

/**
 * @param {Paired} row
 * @param {{ kickOff: number, timed: boolean }} when
 * @returns {Values} in the order of `TOLD`; what the file does not tell stays as it is stored
 */
function toldValues(row, { kickOff, timed }) {
  const { match, season, stored } = row;
  const { score, xg } = match;
  const known = stored?.values;
  const halfTime = match.halfTime ? [match.halfTime.home, match.halfTime.away] : (known?.slice(HALF_TIME, FULL_TIME) ?? [null, null]);
  const goals = score ? [score.home, score.away] : [null, null];
  const hasOdds = match.prices.length > 0 ? 1 : (known?.[HAS_ODDS] ?? 0);
  return [
    season,
    isoWithOffset(kickOff),
    timed ? kickOff / 1000 : null,
    ...STATUS_VALUES[statusOf(row)],
    ...goals,
    ...halfTime,
    ...goals,
    hasOdds,
    ...(xg ? [xg.home, xg.away] : (known?.slice(EXPECTED_GOALS) ?? [null, null])),
  ];
}

/**
 * Field by field, which takes a fraction of the time of a spread.
 * @param {Paired} row
 * @param {{ id: number, kickOff: number, isNew: boolean, older: boolean }} fixture
 * @returns {Placed}
 */
function place({ match, season, home, away, stored, stale, earlier }, { id, kickOff, isNew, older }) {
  return { match, season, home, away, stored, stale, earlier, id, kickOff, isNew, older };
}

/** Writes the fixtures of one league of one file. */
export class FixtureWriter {
  /**
   * @param {Connection} db
   * @param {number} leagueId
   * @param {{ name: string, isOlder: boolean }} source natural key of the league; whether the file is an older copy
   */
  constructor(db, leagueId, { name, isOlder }) {
    this.db = db;
    this.leagueId = leagueId;
    this.leagueName = name;
    this.isOlder = isOlder;
    /** Statuses of matches whose result is the same. */
    this.mended = 0;
    this.isTaken = idIsTaken(db, "V3_Fixtures");
    this.update = db.prepare(
      `UPDATE V3_Fixtures SET ${TOLD.map((name) => `${name} = ?`).join(", ")}, updated_at = CURRENT_TIMESTAMP WHERE fixture_id = ?`,
    );
    this.insert = bulkInsert(db, "V3_Fixtures", [...IDENTITY, ...TOLD]);
    this.lastId = Number(scalar(db, "SELECT seq FROM sqlite_sequence WHERE name = 'V3_Fixtures'") ?? 0);
  }

  /**
   * @param {Paired[]} rows
   * @param {StoredFixture[]} stored the league's fixtures
   * @param {(teamId: number) => string} teamName natural key
   * @returns {{ placed: Placed[], inserted: number, updated: Set<number> }} `updated` holds fixture ids
   */
  write(rows, stored, teamName) {
    const meetings = countMeetings(stored);
    /** @type {Values[]} */
    const inserts = [];
    /** @type {string[]} */
    const keys = [];
    /** @type {Set<number>} */
    const updated = new Set();
    const placed = rows.map((row) => {
      const older = this.isOlder && isFinished(row.stored);
      const when = older && row.stored ? row.stored : kickOffOf(row.match, row.stored);
      const values = this.valuesOf(row, when, older);
      if (row.stored) {
        if (this.change(row.stored, values)) updated.add(row.stored.id);
        return place(row, { id: row.stored.id, kickOff: when.kickOff, isNew: false, older });
      }
      const id = (this.lastId += 1);
      keys.push(this.keyOf(row, meetings, teamName));
      inserts.push([id, null, this.leagueId, row.home, row.away, "UTC", ...values]);
      return place(row, { id, kickOff: when.kickOff, isNew: true, older });
    });
    for (const [index, apiId] of this.newApiIds(keys).entries()) inserts[index][API_ID] = apiId;
    this.insert(inserts);
    return { placed, inserted: inserts.length, updated };
  }

  /**
   * @param {Paired} row
   * @param {{ kickOff: number, timed: boolean }} when
   * @param {boolean} older
   * @returns {Values} in the order of `TOLD`
   */
  valuesOf(row, when, older) {
    const known = row.stored?.values ?? [];
    if (row.stale) return known;
    const told = toldValues(row, when);
    return older ? told.map((value, index) => (index === HAS_ODDS ? value : (known[index] ?? value))) : told;
  }

  /**
   * @param {StoredFixture} stored
   * @param {Values} values
   * @returns {boolean} whether anything changed
   */
  change(stored, values) {
    if (values.every((value, index) => value === stored.values[index])) return false;
    const isSame = values[GOALS] === stored.values[GOALS] && values[GOALS + 1] === stored.values[GOALS + 1];
    if (isSame && values[STATUS] !== stored.status) this.mended += 1;
    this.update.run([...values, stored.id]);
    return true;
  }

  /**
   * @param {Paired} row
   * @param {Map<string, number>} meetings counted on
   * @param {(teamId: number) => string} teamName
   * @returns {string} natural key
   */
  keyOf({ season, home, away }, meetings, teamName) {
    const pair = `${season}|${home}|${away}`;
    const number = (meetings.get(pair) ?? 0) + 1;
    meetings.set(pair, number);
    return `fixture|${this.leagueName}|${season}|${teamName(home)}|${teamName(away)}|${number}`;
  }

  /**
   * @param {string[]} keys natural ones, each once
   * @returns {number[]} ids that no fixture has, in that order; one question to the database tells which are taken
   */
  newApiIds(keys) {
    const ids = keys.map((key) => importedId(key, () => false));
    const sql = "SELECT api_id FROM V3_Fixtures WHERE api_id IN (SELECT value FROM json_each(?))";
    const stored = /** @type {[number][]} */ (
      this.db
        .prepare(sql)
        .raw()
        .all([JSON.stringify(ids)])
    );
    const taken = new Set(stored.flat());
    return ids.map((id, index) => {
      const free = taken.has(id) ? importedId(keys[index], (other) => taken.has(other) || this.isTaken(other)) : id;
      taken.add(free);
      return free;
    });
  }
}

/** @param {StoredFixture | null} stored */
const isFinished = (stored) => stored !== null && stored.score !== null;

/**
 * @param {StoredFixture[]} stored
 * @returns {Map<string, number>} how often a pair has met in a season at that ground
 */
function countMeetings(stored) {
  const meetings = new Map();
  for (const { season, home, away } of stored) {
    const pair = `${season}|${home}|${away}`;
    meetings.set(pair, (meetings.get(pair) ?? 0) + 1);
  }
  return meetings;
}
