import { bulkInsert } from "../db/bulk.js";
import { groupBy } from "./pairing.js";
import { isoWithOffset } from "./uktime.js";

/** @typedef {import("../db/schema.js").Connection} Connection */
/** @typedef {import("./fixtures.js").Placed} Placed */

/**
 * One captured set of prices.
 * @typedef {object} Capture
 * @property {number | null} row rowid, null while it is not stored
 * @property {string} kind bookmaker, market and line
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
 * @param {(string | number | null)[]} row rowid, fixture_id, kind, values, time
 * @returns {Capture & { fixture: number }}
 */
function toCapture([row, fixture, bookmaker, market, line, home, draw, away, at]) {
  const values = /** @type {(number | null)[]} */ ([home, draw, away]);
  return { row: Number(row), fixture: Number(fixture), kind: JSON.stringify([bookmaker, market, line]), at: String(at), values };
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
    /** @type {(string | number | null)[][]} */
    this.newHistory = [];
    /** @type {(string | number | null)[][]} */
    this.newLast = [];
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
      const captures = history.get(row.id) ?? [];
      const isChanged = this.writeHistory(row, captures);
      if (this.writeLast(row.id, captures, last.get(row.id) ?? []) || isChanged) updated.add(row.id);
    }
    this.insertHistory(this.newHistory);
    this.insertLast(this.newLast);
  }

  /**
   * @param {string} table
   * @param {string} time its column of capture times
   * @param {number[]} fixtures
   * @returns {Map<number, Capture[]>} by fixture
   */
  load(table, time, fixtures) {
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
    const [before, closing] = [this.beforePlay(match, kickOff), atClosing(kickOff)];
    const isMended = this.mendClosing(match, captures, kickOff);
    const changes = match.prices.map((set) => {
      const kind = JSON.stringify([set.bookmaker, set.market, set.line]);
      return this.writeCapture(
        id,
        captures,
        {
          row: null,
          kind,
          at: set.closing ? closing : before,
          values: [set.home, set.draw, set.away],
        },
        older,
      );
    });
    return isMoved || isMended || changes.includes(true);
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
    const [wrong, right] = [beforePlay(kickOff), atClosing(kickOff)];
    const kindOf = (/** @type {import("./prices.js").PriceSet} */ set) => JSON.stringify([set.bookmaker, set.market, set.line]);
    const early = new Set(prices.filter(({ closing }) => !closing).map(kindOf));
    const misdated = prices
      .filter((set) => set.closing && !early.has(kindOf(set)))
      .flatMap((set) =>
        captures.filter(({ kind, at, values }) => kind === kindOf(set) && at === wrong && isSame(values, [set.home, set.draw, set.away])),
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
    const dayBefore = beforePlay(kickOff);
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
    const known = stored ?? (capture.at === this.now ? latest(captures, capture.kind) : undefined);
    if (known && (older || isSame(known.values, capture.values))) return false;
    if (stored) {
      stored.values = capture.values;
      this.updateHistory.run([...capture.values, capture.at, stored.row]);
      this.counts.updated += 1;
      return true;
    }
    captures.push(capture);
    this.newHistory.push([fixture, ...JSON.parse(capture.kind), ...capture.values, capture.at]);
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
    const kinds = [...new Set(captures.map(({ kind }) => kind))];
    const changes = kinds.map((kind) => {
      const last = /** @type {Capture} */ (latest(captures, kind));
      const row = stored.find((candidate) => candidate.kind === kind);
      if (!row) this.newLast.push([fixture, ...JSON.parse(kind), ...last.values, last.at]);
      else if (row.at === last.at && isSame(row.values, last.values)) return false;
      else this.updateLast.run([...last.values, last.at, row.row]);
      return true;
    });
    return changes.includes(true);
  }
}

/**
 * @param {Capture[]} captures
 * @param {string} kind
 * @returns {Capture | undefined}
 */
function latest(captures, kind) {
  return captures
    .filter((capture) => capture.kind === kind)
    .reduce((/** @type {Capture | undefined} */ best, capture) => (best && best.at > capture.at ? best : capture), undefined);
}

/**
 * @param {(number | null)[]} a
 * @param {(number | null)[]} b
 */
function isSame(a, b) {
  return a.every((value, index) => value === b[index]);
}
