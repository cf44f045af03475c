#!/usr/bin/env node
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { ScriptError, UsageError } from "../src/db/errors.js";
import { makeDatabase } from "../src/db/replace.js";
import { readArguments, runScript, shortPath } from "../src/db/script.js";
import { fillDemo } from "../src/demo/demo.js";
import { readDatabasePath } from "./lib/settings.js";

const HELP = `Usage: npm run db:demo [-- --db PATH] [--today YYYY-MM-DD] [--force]

Creates a database of simulated leagues, to try everything out before real matches are there: four countries with two divisions and
a cup each, twelve seasons, results, statistics, prices. Everyone gets the same matches; they are laid out around today, the last
season being under way and its calendar running on for eight months.

  --db PATH            file to create; unless given the setting DB_PATH, which is backend/database.sqlite if not set
  --today YYYY-MM-DD   day around which the calendar is laid out (UTC); today unless given
  --force              put it in the place of a database that is there
  --help               this text

Exit code 0 when it is made, 1 when it is not, 2 for a wrong command line.
`;

/**
 * @param {string | undefined} text
 * @returns {number} 00:00 UTC (ms)
 * @throws {UsageError}
 */
function parseToday(text) {
  const day = text ?? new Date().toISOString().slice(0, 10);
  const ms = Date.parse(`${day}T00:00:00Z`);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
  if (!isDay) throw new UsageError(`--today wants a day as YYYY-MM-DD, not ${day}`);
  return ms;
}

/** @param {string[]} args */
async function main(args) {
  const { options } = readArguments(args, { today: { type: "string" }, force: { type: "boolean" } });
  const path = resolve(String(options.db ?? readDatabasePath()));
  const today = parseToday(/** @type {string | undefined} */ (options.today));
  if (existsSync(path) && statSync(path).isDirectory()) throw new ScriptError(`${path} is a folder`);
  if (existsSync(path) && !options.force)
    throw new ScriptError(`${path} is there already; --force replaces it, --db PATH writes elsewhere`);
  const fixtures = await makeDatabase(path, (db) => fillDemo(db, today));
  const megabytes = Math.round(statSync(path).size / 1e6);
  process.stdout.write(`${shortPath(path)}: ${fixtures.toLocaleString("en-GB")} simulated matches, ${megabytes} MB\n`);
}

await runScript("db:demo", HELP, main);
