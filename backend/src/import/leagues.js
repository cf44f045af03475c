/**
 * @typedef {object} League
 * @property {string} name
 * @property {string} country
 * @property {'winter' | 'calendar' | null} season `winter` runs over New Year, `calendar` within one; null where it is not known
 * @property {boolean} repeats whether a team may receive another twice in a season
 */

/**
 * @param {string} country
 * @param {Record<string, string>} names by division code
 * @param {boolean} repeats
 * @returns {[string, League][]}
 */
function divisions(country, names, repeats = false) {
  return Object.entries(names).map(([code, name]) => [code, { name, country, season: "winter", repeats }]);
}

/** The divisions of football-data.co.uk's main files. Scotland plays 3 or 4 rounds, Belgium and Greece end in groups. */
const MAIN = new Map([
  ...divisions("England", { E0: "Premier League", E1: "Championship", E2: "League One", E3: "League Two", EC: "National League" }),
  ...divisions("Scotland", { SC0: "Premiership", SC1: "Championship", SC2: "League One", SC3: "League Two" }, true),
  ...divisions("Germany", { D1: "Bundesliga", D2: "2. Bundesliga" }),
  ...divisions("Italy", { I1: "Serie A", I2: "Serie B" }),
  ...divisions("Spain", { SP1: "La Liga", SP2: "Segunda División" }),
  ...divisions("France", { F1: "Ligue 1", F2: "Ligue 2" }),
  ...divisions("Netherlands", { N1: "Eredivisie" }),
  ...divisions("Belgium", { B1: "Jupiler Pro League" }, true),
  ...divisions("Portugal", { P1: "Primeira Liga" }),
  ...divisions("Turkey", { T1: "Süper Lig" }),
  ...divisions("Greece", { G1: "Super League 1" }, true),
]);

/** Country of an unknown division by the letters of its code: `D3` is German, whatever it is called. */
const COUNTRY_BY_LETTERS = new Map([...MAIN].map(([code, { country }]) => [lettersOf(code), country]));

/** The "extra" leagues that play within one calendar year (`Season` column `2012`, not `2012/2013`). */
const CALENDAR_COUNTRIES = new Set(["Brazil", "China", "Finland", "Ireland", "Japan", "Norway", "Sweden", "USA"]);

/** @param {string} code */
function lettersOf(code) {
  return /^[A-Z]+?(?=[\dC]$)/.exec(code)?.[0] ?? code;
}

/**
 * The league of a division code; an unknown code is a league of that name, in the country that its letters tell.
 * @param {string} code
 * @returns {League}
 */
export function leagueOfDivision(code) {
  const letters = lettersOf(code);
  const unknown = { name: code, country: COUNTRY_BY_LETTERS.get(letters) ?? letters, season: null, repeats: true };
  return MAIN.get(code) ?? unknown;
}

/**
 * A league of the "extra" files, which name it and its country.
 * @param {string} country
 * @param {string} name
 * @returns {League}
 */
export function leagueOfCountry(country, name) {
  return { name, country, season: CALENDAR_COUNTRIES.has(country) ? "calendar" : null, repeats: true };
}

/**
 * @param {League} league
 * @returns {string} natural key
 */
export function leagueKey({ country, name }) {
  return `${country}|${name}`;
}
