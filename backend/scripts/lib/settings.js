import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { SetupError } from "./errors.js";
import { ML_SERVICE } from "./layout.js";

/**
 * @typedef {{ host: string, port: number, databasePath: string, isDefaultDatabase: boolean, modelFolder: string }} Settings
 */

const DEFAULT_DATABASE = path.resolve(ML_SERVICE, "../backend/database.sqlite");

/**
 * @param {string} text of a .env file
 * @returns {Record<string, string>}
 */
export function parseEnvFile(text) {
  /** @type {Record<string, string>} */
  const values = {};
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line);
    if (match) values[match[1]] = unquote(match[2]);
  }
  return values;
}

/** @param {string} text */
function unquote(text) {
  const quoted = /^(["'])(.*?)\1\s*(?:#.*)?$/.exec(text);
  return quoted ? quoted[2] : text.replace(/(^|\s+)#.*$/, "").trim();
}

/**
 * What a setting says in the environment or else in ml-service/.env.
 * @returns {(name: string) => string} empty where neither says anything
 */
function settings() {
  const file = path.join(ML_SERVICE, ".env");
  const fromFile = fs.existsSync(file) ? parseEnvFile(fs.readFileSync(file, "utf8")) : {};
  return (name) => process.env[name]?.trim() || fromFile[name] || "";
}

/**
 * @param {(name: string) => string} [value] what settings say
 * @returns {string} the database that the service reads: what the scripts write and list must be the same
 */
export function readDatabasePath(value = settings()) {
  return placeOf(value("DB_PATH") || DEFAULT_DATABASE);
}

/** @param {string} named as the service reads a path */
function placeOf(named) {
  return path.resolve(ML_SERVICE, named.replace(/^~(?=[\\/])/, os.homedir()));
}

/**
 * Where the service shall listen and what it reads, from the command line, the environment and ml-service/.env.
 * @param {string} [portOption]
 * @returns {Settings}
 * @throws {SetupError}
 */
export function readSettings(portOption) {
  const value = settings();
  const databasePath = readDatabasePath(value);
  return {
    host: value("HOST") || "127.0.0.1",
    port: portOption === undefined ? parsePort(value("PORT") || "5050", "PORT") : parsePort(portOption, "--port"),
    databasePath,
    isDefaultDatabase: databasePath === DEFAULT_DATABASE,
    modelFolder: placeOf(value("MODEL_DIR") || "saved_models"),
  };
}

/**
 * @param {string} text
 * @param {string} name
 */
function parsePort(text, name) {
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  if (port >= 1 && port <= 65535) return port;
  throw new SetupError(`${name} is ${JSON.stringify(text)}: expected an integer from 1 to 65535.`);
}

/**
 * @param {Settings} settings
 * @returns {string} the URL under which this machine reaches the service
 */
export function urlOf({ host, port }) {
  const reachable = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}
