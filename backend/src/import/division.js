import { basename, dirname } from "node:path";
import { leagueOfDivision } from "./leagues.js";

const CODE = /^[A-Z]{1,4}\d?$/;

/**
 * @param {string} text
 * @returns {string | null} the division's code as the site writes it, null where the text is none
 */
export function divisionCode(text) {
  const code = text.toUpperCase();
  return CODE.test(code) ? code : null;
}

/**
 * @param {string} code
 * @returns {boolean} whether the site has such a division, or one of that country: an unknown code is its own country
 */
function isKnown(code) {
  const { name, country } = leagueOfDivision(code);
  return name !== code || !code.startsWith(country);
}

/**
 * @param {string} code
 * @returns {boolean} whether the site has a main file of it
 */
export const isMain = (code) => CODE.test(code) && leagueOfDivision(code).name !== code;

/**
 * The division that a file's name tells: `E0.csv`, `E0_2324.csv`, `2023-24 sp1.csv`, or a file in a folder `E0`.
 * @param {string} path
 * @returns {string | null} null where the name tells none, or more than one
 */
export function divisionOfPath(path) {
  const stem = basename(path)
    .replace(/\.\w+$/, "")
    .toUpperCase();
  if (CODE.test(stem) && isKnown(stem)) return stem;
  const codes = new Set(stem.split(/[^A-Z0-9]+/).filter(isMain));
  if (codes.size > 0) return codes.size === 1 ? [...codes][0] : null;
  const folder = basename(dirname(path)).toUpperCase();
  return isMain(folder) ? folder : null;
}
