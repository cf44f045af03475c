import { readFileSync } from "node:fs";
import { plainName } from "../db/names.js";

/**
 * @typedef {Record<string, Record<string, string[]>>} Spellings by country and usual spelling
 * @typedef {Map<string, string>} Usual spelling by country and comparable name
 */

/**
 * A file of its own, since `npm run ml:predict` reads it too.
 * @type {{ clubs: Spellings, leagues: Spellings }}
 */
const { clubs, leagues } = JSON.parse(readFileSync(new URL("./aliases.json", import.meta.url), "utf8"));

/**
 * A name as clubs are compared: `Oxford Utd` is `Oxford United`, in the table and beyond it.
 * @param {string} name
 * @returns {string}
 */
export function clubName(name) {
  return plainName(name).replace(/\butd\b/g, "united");
}

/**
 * @param {Spellings} spellings
 * @returns {Usual}
 */
function byName(spellings) {
  return new Map(
    Object.entries(spellings).flatMap(([country, names]) =>
      Object.entries(names).flatMap(([usual, others]) =>
        [usual, ...others].map((spelling) => /** @type {[string, string]} */ ([`${country}|${clubName(spelling)}`, usual])),
      ),
    ),
  );
}

const CLUBS = byName(clubs);
const LEAGUES = byName(leagues);

/** @param {string} name */
const withoutAccents = (name) => name.normalize("NFD").replace(/\p{M}/gu, "");

/**
 * @param {string} country
 * @param {string} name as a file or a person writes it
 * @returns {string} the spelling under which the club is kept; accents stay as they are written
 */
export function usualSpelling(country, name) {
  const usual = CLUBS.get(`${country}|${clubName(name)}`);
  return usual === undefined || usual === withoutAccents(name) ? name : usual;
}

/**
 * @param {string} country
 * @param {string} name
 * @returns {boolean} whether the table has the club, under any spelling
 */
export function isInTable(country, name) {
  return CLUBS.has(`${country}|${clubName(name)}`);
}

/** Keys by country and name: a file has each name dozens of times. @type {Map<string, Map<string, string>>} */
const KEYS = new Map();

/**
 * @param {string} country
 * @param {string} name
 * @returns {string} natural key: clubs of one name in different countries are different clubs
 */
export function teamKey(country, name) {
  let keys = KEYS.get(country);
  if (keys === undefined) KEYS.set(country, (keys = new Map()));
  let key = keys.get(name);
  if (key === undefined) keys.set(name, (key = newTeamKey(country, name)));
  return key;
}

/**
 * @param {string} country
 * @param {string} name
 * @returns {string}
 */
function newTeamKey(country, name) {
  const usual = CLUBS.get(`${country}|${clubName(name)}`);
  return `${country}|${usual === undefined ? clubName(name) : plainName(usual)}`;
}

/**
 * @param {string} country
 * @param {string} name of a league, under any sponsor
 * @returns {string} the name under which the league is kept
 */
export function usualLeague(country, name) {
  return LEAGUES.get(`${country}|${clubName(name)}`) ?? name;
}
