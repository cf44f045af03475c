#!/usr/bin/env node
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ScriptError, UsageError } from "../src/db/errors.js";
import { listFixtures, listLeagues, tabulate, tabulateLeagues } from "../src/db/fixtures.js";
import { connect, hasSchema } from "../src/db/schema.js";
import { readArguments, runScript } from "../src/db/script.js";
import { isoWithOffset } from "../src/import/uktime.js";
import { readDatabasePath } from "./lib/settings.js";

const HELP = `Usage: npm run db:fixtures -- --upcoming | --team NAME | --league NAME | --leagues [--limit N] [--json] [--db PATH]

Lists fixtures with their ids, which is what the ML service is asked with. The options may be combined.

  --upcoming      matches to come
  --team NAME     matches of a team; a part of the name will do, case and accents do not matter
  --league NAME   matches of a league, by its name, with its country before or after it ("Scotland Premiership"), or by its id
  --leagues       the leagues instead: id, country, matches, first and last season; those with matches first
  --limit N       how many, those nearest to now; 20 unless given
  --json          as JSON
  --db PATH       database to read; unless given the setting DB_PATH, which is backend/database.sqlite if not set
  --help          this text

Exit code 0 when there is something to list, 1 when not, 2 for a wrong command line.
`;

const DEFAULT_LIMIT = 20;

/**
 * @param {string | boolean | undefined} text
 * @returns {number}
 * @throws {UsageError}
 */
function parseLimit(text) {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new UsageError(`--limit wants a whole number above 0, not ${text}`);
  return Math.min(limit, Number.MAX_SAFE_INTEGER);
}

/**
 * @param {string} path
 * @returns {import("../src/db/schema.js").Connection}
 * @throws {ScriptError}
 */
function openForReading(path) {
  if (!existsSync(path)) throw new ScriptError(`there is no database ${path}; npm run db:demo or npm run db:import makes one`);
  const db = connect(path);
  db.pragma("query_only = ON");
  if (hasSchema(db)) return db;
  db.close();
  throw new ScriptError(`${path} has no V3 tables; npm run db:demo or npm run db:import makes them`);
}

/**
 * @param {import("../src/db/fixtures.js").ListedLeague[]} leagues
 * @param {boolean} json
 * @returns {string}
 * @throws {ScriptError}
 */
function describeLeagues(leagues, json) {
  if (leagues.length === 0) throw new ScriptError("no league is known");
  return json ? `${JSON.stringify(leagues, null, 2)}\n` : tabulateLeagues(leagues);
}

/** @param {string[]} args */
function main(args) {
  const text = /** @type {const} */ ({ type: "string" });
  const flag = /** @type {const} */ ({ type: "boolean" });
  const { options } = readArguments(args, { upcoming: flag, team: text, league: text, leagues: flag, limit: text, json: flag });
  const { upcoming = false, team, league } = /** @type {{ upcoming?: boolean, team?: string, league?: string }} */ (options);
  if (!upcoming && team === undefined && league === undefined && !options.leagues)
    throw new UsageError("say --upcoming, --team NAME, --league NAME or --leagues; --help tells more");
  const limit = parseLimit(options.limit);
  const db = openForReading(resolve(String(options.db ?? readDatabasePath())));
  try {
    if (options.leagues) return void process.stdout.write(describeLeagues(listLeagues(db), Boolean(options.json)));
    const fixtures = listFixtures(db, { upcoming, team, league, limit, now: isoWithOffset(Date.now()) });
    if (fixtures.length === 0)
      throw new ScriptError(upcoming ? "no match to come is known; import fixtures.csv, or make a new demo" : "no match is known");
    process.stdout.write(options.json ? `${JSON.stringify(fixtures, null, 2)}\n` : tabulate(fixtures));
  } finally {
    db.close();
  }
}

await runScript("db:fixtures", HELP, main);
