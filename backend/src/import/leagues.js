import { usualLeague } from "./aliases.js";

/**
 * @typedef {object} League
 * @property {string} name
 * @property {string} country
 * @property {Calendar[]} calendars in order; empty where they are not known
 * @property {boolean} repeats whether a team may receive another twice in a season
 */

/**
 * How seasons run from a day on: `winter` over New Year, `calendar` within one year.
 * @typedef {{ from: number, style: 'winter' | 'calendar' }} Calendar `from` in ms
 */

/** @type {Calendar[]} */
const WINTER = [{ from: -Infinity, style: "winter" }];
/** @type {Calendar[]} */
const CALENDAR = [{ from: -Infinity, style: "calendar" }];

/**
 * @param {Calendar['style']} before
 * @param {string} day from which the league plays by the other calendar
 * @returns {Calendar[]}
 */
const changing = (before, day) => [
  { from: -Infinity, style: before },
  { from: Date.parse(day), style: before === "winter" ? "calendar" : "winter" },
];

/**
 * @param {string} country
 * @param {Record<string, string>} names by division code
 * @param {boolean} repeats
 * @returns {[string, League][]}
 */
function divisions(country, names, repeats = false) {
  return Object.entries(names).map(([code, name]) => [code, { name, country, calendars: WINTER, repeats }]);
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

/**
 * The calendars of the "extra" leagues: Argentina went over to calendar years after 2019-20, Japan leaves them in August 2026 and
 * the United States in July 2027.
 */
const CALENDARS = new Map(
  Object.entries({
    Argentina: changing("winter", "2020-08-01"),
    Austria: WINTER,
    Brazil: CALENDAR,
    China: CALENDAR,
    Denmark: WINTER,
    Finland: CALENDAR,
    Ireland: CALENDAR,
    Japan: changing("calendar", "2026-07-01"),
    Mexico: WINTER,
    Norway: CALENDAR,
    Poland: WINTER,
    Romania: WINTER,
    Russia: WINTER,
    Sweden: CALENDAR,
    Switzerland: WINTER,
    USA: changing("calendar", "2027-07-01"),
  }),
);

/** "Extra" leagues of two rounds and nothing else, where a pair meets once at one ground. */
const TWO_ROUNDS = new Set(["Brazil", "Norway", "Sweden"]);

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

/** Main divisions by country and name, for files that name these. */
const MAIN_BY_NAME = new Map([...MAIN.values()].map((league) => [leagueKey(league), league]));

/**
 * @param {string} key natural key
 * @returns {boolean} whether it is a main division, which no other league is
 */
export function isMainLeague(key) {
  return MAIN_BY_NAME.has(key);
}

/**
 * A league of the "extra" files, which name it and its country.
 * @param {string} country
 * @param {string} written under any sponsor's name
 * @returns {League}
 */
export function leagueOfCountry(country, written) {
  const name = usualLeague(country, written);
  const league = { name, country, calendars: CALENDARS.get(country) ?? [], repeats: !TWO_ROUNDS.has(country) };
  return MAIN_BY_NAME.get(leagueKey(league)) ?? league;
}

/**
 * @param {Pick<League, 'country' | 'name'>} league
 * @returns {string} natural key
 */
export function leagueKey({ country, name }) {
  return `${country}|${name}`;
}
