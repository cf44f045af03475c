import { bulkInsert } from "../db/bulk.js";
import { indexPrices, scalar } from "../db/schema.js";
import { groupBy } from "./pairing.js";
import { kindOf } from "./prices.js";
import { isoWithOffset } from "./uktime.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./fixtures.js").Placed} Placed */
/** @typedef {import("./prices.js").PriceSet} PriceSet */
/** @typedef {(string | number | null)[]} Values */

/**
 * One captured set of prices.
 * @typedef {object} Capture
 * @property {number | null} row rowid, null while it is not stored
 * @property {string} kind of `bookmaker`, `market` and `line`
 * @property {number} bookmaker
 * @property {number} market
 * @property {number | null} line
 * @property {string} at capture time
 * @property {(number | null)[]} values
 */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const KIND = ["bookmaker_id", "market_id", "handicap_value"];
const VALUES = ["value_home_over", "value_draw", "value_away_under"];

/** @param {number} kickOff */
const beforePlay = (kickOff) => isoWithOffset(kickOff - DAY_MS);
/** @param {number} kickOff */
const atClosing = (kickOff) => isoWithOffset(kickOff - MINUTE_MS);

/**
 * @param {Values} row rowid, fixture_id, kind, values, time
 * @returns {Capture & { fixture: number }}
 */
function toCapture([row, fixture, bookmaker, market, line, home, draw, away, at]) {
  const kind = { bookmaker: Number(bookmaker), market: Number(market), line: line === null ? null : Number(line) };
  const values = /** @type {(number | null)[]} */ ([home, draw, away]);
  return { row: Number(row), fixture: Number(fixture), ...kind, kind: kindOf(kind), at: String(at), values };
}

/**
 * @param {PriceSet} set
 * @param {string} at
 * @returns {Capture}
 */
function newCapture({ kind, bookmaker, market, line, home, draw, away }, at) {
  return { row: null, kind, bookmaker, market, line, at, values: [home, draw, away] };
}

/**
 * @param {number} fixture
 * @param {Capture} capture
 * @returns {Values} a row in the order of `KIND`, `VALUES` and the time
 */
function toRow(fixture, { bookmaker, market, line, values, at }) {
  return [fixture, bookmaker, market, line, values[0], values[1], values[2], at];
}

/** Writes the prices of one league of one file: the history, and the last of it into `V3_Odds`. */
export class OddsWriter {
  /**
   * @param {Connection} db
   * @param {number} now ms UTC, the time of the import
   */
  constructor(db, now) {
    this.db = db;
    this.now = isoWithOffset(now);
    this.counts = { inserted: 0, updated: 0, mended: 0 };
    /** @type {Values[]} */
    this.newHistory = [];
    /** @type {Values[]} */
    this.newLast = [];
    /** Rows of the history of fixtures that are new. @type {Values[]} */
    this.first = [];
    /** Places in `first`, from 1, of prices that a later one follows. @type {number[]} */
    this.outdated = [];
    /** By kick-off, which is that of many matches. @type {Map<number, { before: string, closing: string }>} */
    this.times = new Map();
    this.insertHistory = bulkInsert(db, "V3_Odds_History", ["fixture_id", ...KIND, ...VALUES, "capture_timestamp"]);
    this.insertLast = bulkInsert(db, "V3_Odds", ["fixture_id", ...KIND, ...VALUES, "updated_at"]);
    const set = VALUES.map((name) => `${name} = ?`).join(", ");
    this.updateHistory = db.prepare(`UPDATE V3_Odds_History SET ${set}, capture_timestamp = ? WHERE rowid = ?`);
    this.deleteHistory = db.prepare("DELETE FROM V3_Odds_History WHERE rowid = ?");
    this.updateLast = db.prepare(`UPDATE V3_Odds SET ${set}, updated_at = ? WHERE rowid = ?`);
  }

  /**
   * @param {Placed[]} placed
   * @param {Set<number>} updated ids of fixtures that changed, added to
   */
  write(placed, updated) {
    const known = placed.filter(({ isNew, stale }) => !isNew && !stale).map(({ id }) => id);
    const history = this.load("V3_Odds_History", "capture_timestamp", known);
    const last = this.load("V3_Odds", "updated_at", known);
    for (const row of placed) {
      if (row.stale) continue;
      if (row.isNew) {
        if (this.writeNew(row)) updated.add(row.id);
        continue;
      }
      const captures = history.get(row.id) ?? [];
      const isChanged = this.writeHistory(row, captures);
      if (this.writeLast(row.id, captures, last.get(row.id) ?? []) || isChanged) updated.add(row.id);
    }
    this.insertHistory(this.newHistory);
    this.insertLast(this.newLast);
    this.insertFirst();
  }

  /**
   * The prices of a fixture that is new, of which nothing is stored; of each kind a file has those before play first.
   * @param {Placed} row
   * @returns {boolean} whether there are any
   */
  writeNew({ id, kickOff, match }) {
    const { closing } = this.timesOf(kickOff);
    const before = this.beforePlay(match, kickOff);
    /** @type {Map<string, number>} */
    const last = new Map();
    for (const set of match.prices) {
      const index = this.first.push([
        id,
        set.bookmaker,
        set.market,
        set.line,
        set.home,
        set.draw,
        set.away,
        set.closing ? closing : before,
      ]);
      const earlier = last.get(set.kind);
      if (earlier !== undefined) this.outdated.push(earlier);
      last.set(set.kind, index);
    }
    this.counts.inserted += match.prices.length;
    return match.prices.length > 0;
  }

  /** Inserts the prices of new fixtures into the history, and copies the last of each kind from there. */
  insertFirst() {
    if (this.first.length === 0) return;
    this.insertHistory(this.first);
    const before = Number(scalar(this.db, "SELECT last_insert_rowid()")) - this.first.length;
    const columns = ["fixture_id", ...KIND, ...VALUES].join(", ");
    this.db
      .prepare(
        `INSERT INTO V3_Odds (${columns}, updated_at) SELECT ${columns}, capture_timestamp FROM V3_Odds_History
        WHERE rowid > ?1 AND rowid NOT IN (SELECT ?1 + value FROM json_each(?2)) ORDER BY rowid`,
      )
      .run([before, JSON.stringify(this.outdated)]);
  }

  /**
   * @param {string} table
   * @param {string} time its column of capture times
   * @param {number[]} fixtures
   * @returns {Map<number, Capture[]>} by fixture
   */
  load(table, time, fixtures) {
    if (fixtures.length === 0) return new Map();
    indexPrices(this.db);
    const sql = `SELECT rowid, fixture_id, ${[...KIND, ...VALUES, time].join(", ")} FROM ${table} WHERE fixture_id IN (SELECT value FROM json_each(?)) ORDER BY rowid`;
    const rows = /** @type {(string | number | null)[][]} */ (
      this.db
        .prepare(sql)
        .raw()
        .all([JSON.stringify(fixtures)])
    );
    return groupBy(rows.map(toCapture), ({ fixture }) => fixture);
  }

  /**
   * @param {Placed} row
   * @param {Capture[]} captures the fixture's, brought up to date
   * @returns {boolean} whether anything changed
   */
  writeHistory({ id, kickOff, match, stored, older }, captures) {
    const isMoved = stored !== null && stored.kickOff !== kickOff && this.moveCaptures(captures, stored.kickOff, kickOff);
    const isMended = captures.length > 0 && this.mendClosing(match, captures, kickOff);
    const { closing } = this.timesOf(kickOff);
    const before = this.beforePlay(match, kickOff);
    let isChanged = isMoved || isMended;
    for (const set of match.prices) {
      if (this.writeCapture(id, captures, newCapture(set, set.closing ? closing : before), older)) isChanged = true;
    }
    return isChanged;
  }

  /**
   * @param {number} kickOff ms UTC
   * @returns {{ before: string, closing: string }} capture times that are reckoned from it
   */
  timesOf(kickOff) {
    let times = this.times.get(kickOff);
    if (times === undefined) this.times.set(kickOff, (times = { before: beforePlay(kickOff), closing: atClosing(kickOff) }));
    return times;
  }

  /**
   * Closing prices that an earlier import took for prices of the day before: where a file has only closing ones, and the same
   * values stand at a day before kick-off, they belong to the last minute.
   * @param {import("./matches.js").Match} match
   * @param {Capture[]} captures brought up to date
   * @param {number} kickOff ms UTC
   * @returns {boolean} whether anything changed
   */
  mendClosing({ prices }, captures, kickOff) {
    const { before: wrong, closing: right } = this.timesOf(kickOff);
    const early = new Set(prices.filter(({ closing }) => !closing).map(({ kind }) => kind));
    const misdated = prices
      .filter((set) => set.closing && !early.has(set.kind))
      .flatMap((set) =>
        captures.filter(({ kind, at, values }) => kind === set.kind && at === wrong && isSame(values, [set.home, set.draw, set.away])),
      );
    for (const capture of misdated) this.redate(capture, captures, right);
    this.counts.mended += misdated.length;
    return misdated.length > 0;
  }

  /**
   * @param {Capture} capture a stored one
   * @param {Capture[]} captures all of the fixture's, brought up to date
   * @param {string} at its right time, at which it may stand already
   */
  redate(capture, captures, at) {
    if (captures.some((other) => other.kind === capture.kind && other.at === at)) {
      captures.splice(captures.indexOf(capture), 1);
      this.deleteHistory.run([capture.row]);
      return;
    }
    capture.at = at;
    this.updateHistory.run([...capture.values, at, capture.row]);
  }

  /**
   * When a file's prices before play were captured: "a day or so before", so a day; but prices of a match more than a day ahead
   * are known already at the import.
   * @param {import("./matches.js").Match} match
   * @param {number} kickOff ms UTC
   * @returns {string}
   */
  beforePlay({ score }, kickOff) {
    const dayBefore = this.timesOf(kickOff).before;
    return score === null && this.now < dayBefore ? this.now : dayBefore;
  }

  /**
   * When a match is moved, the capture times that were reckoned from its kick-off move with it.
   * @param {Capture[]} captures
   * @param {number} from ms UTC
   * @param {number} to ms UTC
   */
  moveCaptures(captures, from, to) {
    const moves = new Map([
      [beforePlay(from), beforePlay(to)],
      [atClosing(from), atClosing(to)],
    ]);
    const moved = captures.filter(({ at }) => moves.has(at));
    for (const capture of moved) {
      capture.at = moves.get(capture.at) ?? capture.at;
      this.updateHistory.run([...capture.values, capture.at, capture.row]);
    }
    return moved.length > 0;
  }

  /**
   * @param {number} fixture
   * @param {Capture[]} captures
   * @param {Capture} capture
   * @param {boolean} older whether it comes from an older copy, which changes nothing that is known
   * @returns {boolean} whether anything changed
   */
  writeCapture(fixture, captures, capture, older) {
    const stored = captures.find(({ kind, at }) => kind === capture.kind && at === capture.at);
    const known = stored ?? (capture.at === this.now ? latest(captures).get(capture.kind) : undefined);
    if (known && (older || isSame(known.values, capture.values))) return false;
    if (stored) {
      stored.values = capture.values;
      this.updateHistory.run([...capture.values, capture.at, stored.row]);
      this.counts.updated += 1;
      return true;
    }
    captures.push(capture);
    this.newHistory.push(toRow(fixture, capture));
    this.counts.inserted += 1;
    return true;
  }

  /**
   * @param {number} fixture
   * @param {Capture[]} captures all of the fixture's
   * @param {Capture[]} stored its rows of `V3_Odds`
   * @returns {boolean} whether anything changed
   */
  writeLast(fixture, captures, stored) {
    let isChanged = false;
    for (const last of latest(captures).values()) {
      const row = stored.find(({ kind }) => kind === last.kind);
      if (row && row.at === last.at && isSame(row.values, last.values)) continue;
      if (row) this.updateLast.run([...last.values, last.at, row.row]);
      else this.newLast.push(toRow(fixture, last));
      isChanged = true;
    }
    return isChanged;
  }
}

/**
 * @param {Capture[]} captures
 * @returns {Map<string, Capture>} the last of each kind
 */
function latest(captures) {
  /** @type {Map<string, Capture>} */
  const last = new Map();
  for (const capture of captures) {
    const best = last.get(capture.kind);
    if (best === undefined || best.at <= capture.at) last.set(capture.kind, capture);
  }
  return last;
}

/**
 * @param {(number | null)[]} a
 * @param {(number | null)[]} b
 */
function isSame(a, b) {
  return a.every((value, index) => value === b[index]);
}
