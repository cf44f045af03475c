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

/** Countries of the "extra" files by the names of those files, should a main file use them as divisions. */
const EXTRA_COUNTRIES = new Map(
  Object.entries({
    ARG: "Argentina",
    AUT: "Austria",
    BRA: "Brazil",
    CHN: "China",
    DNK: "Denmark",
    FIN: "Finland",
    IRL: "Ireland",
    JPN: "Japan",
    MEX: "Mexico",
    NOR: "Norway",
    POL: "Poland",
    ROU: "Romania",
    RUS: "Russia",
    SWE: "Sweden",
    SWZ: "Switzerland",
    USA: "USA",
  }),
);

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
  const known = MAIN.get(code);
  if (known) return known;
  const country = EXTRA_COUNTRIES.get(code) ?? COUNTRY_BY_LETTERS.get(lettersOf(code)) ?? lettersOf(code);
  return leagueOfCountry(country, code);
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
