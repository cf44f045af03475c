import { Random } from "./random.js";

/**
 * @typedef {object} Division
 * @property {string} name
 * @property {number} teams
 * @property {number} homeAdvantage added to the logarithm of the home side's expected goals, half taken from the other's
 * @property {number} goals expected of a side in an even match
 */

/**
 * @typedef {object} Country
 * @property {string} name
 * @property {string} code
 * @property {[Division, Division]} divisions
 * @property {string} cup
 * @property {number} utcOffset hours
 * @property {[number, number, number][]} kickOffs day after Saturday, hour and minute of local time; filled in this order
 * @property {string[]} beginnings of towns' names
 * @property {string[]} endings
 * @property {((town: string) => string)[]} clubs
 */

/** @type {Country[]} */
// prettier-ignore
export const COUNTRIES = [
  {
    name: "Northland", code: "NL", utcOffset: 0, cup: "Northland Cup",
    divisions: [
      { name: "Northland Premier", teams: 20, homeAdvantage: 0.24, goals: 1.36 },
      { name: "Northland Championship", teams: 20, homeAdvantage: 0.2, goals: 1.28 },
    ],
    kickOffs: [[0, 15, 0], [0, 15, 0], [0, 15, 0], [0, 12, 30], [1, 14, 0], [0, 17, 30], [1, 16, 30], [-1, 20, 0], [2, 20, 0], [0, 15, 0]],
    beginnings: ["Har", "Wex", "Ald", "Stan", "Mar", "Thorn", "Black", "Ash", "Dun", "Kings"],
    endings: ["wick", "ford", "ton", "by", "mouth", "bridge", "ham", "ley"],
    clubs: [(town) => `${town} United`, (town) => `${town} Rovers`, (town) => `${town} Town`, (town) => `${town} City`, (town) => town],
  },
  {
    name: "Valmark", code: "VM", utcOffset: 1, cup: "Valmark Pokal",
    divisions: [
      { name: "Valmark Oberliga", teams: 18, homeAdvantage: 0.28, goals: 1.55 },
      { name: "Valmark Zweite Liga", teams: 18, homeAdvantage: 0.22, goals: 1.45 },
    ],
    kickOffs: [[0, 15, 30], [0, 15, 30], [0, 15, 30], [0, 15, 30], [1, 15, 30], [0, 18, 30], [1, 17, 30], [-1, 20, 30], [0, 15, 30]],
    beginnings: ["Grün", "Linden", "Ober", "Stein", "Wald", "Neu", "Eich", "Rosen", "Kalten", "Hohen"],
    endings: ["burg", "feld", "bach", "heim", "stadt", "au", "tal", "hausen"],
    clubs: [(town) => `SV ${town}`, (town) => `${town} 04`, (town) => `Fortuna ${town}`, (town) => `Eintracht ${town}`, (town) => `VfB ${town}`],
  },
  {
    name: "Sudania", code: "SU", utcOffset: 2, cup: "Coppa Sudania",
    divisions: [
      { name: "Sudania Serie Alta", teams: 20, homeAdvantage: 0.2, goals: 1.33 },
      { name: "Sudania Serie Media", teams: 18, homeAdvantage: 0.26, goals: 1.2 },
    ],
    kickOffs: [[1, 15, 0], [1, 15, 0], [1, 15, 0], [1, 18, 0], [1, 12, 30], [0, 18, 0], [0, 20, 45], [0, 15, 0], [2, 20, 45], [1, 20, 45]],
    beginnings: ["Monte", "Castel", "Rocca", "Villa", "San", "Porto", "Val", "Bel", "Torre", "Campo"],
    endings: ["rosso", "verde", "marina", "franco", "gallo", "lungo", "chiaro", "vento"],
    clubs: [(town) => town, (town) => `${town} Calcio`, (town) => `US ${town}`, (town) => `AC ${town}`],
  },
  {
    name: "Esterra", code: "ES", utcOffset: -3, cup: "Copa Esterra",
    divisions: [
      { name: "Esterra Primera", teams: 18, homeAdvantage: 0.36, goals: 1.22 },
      { name: "Esterra Segunda", teams: 20, homeAdvantage: 0.32, goals: 1.12 },
    ],
    kickOffs: [[1, 17, 0], [1, 19, 15], [0, 17, 0], [0, 19, 15], [0, 21, 30], [1, 21, 30], [-1, 21, 0], [2, 21, 0], [1, 15, 0], [0, 15, 0]],
    beginnings: ["Alta", "Rio", "Sierra", "Costa", "Nueva", "Puente", "Loma", "Vista", "Oro", "Laguna"],
    endings: ["mar", "cruz", "bella", "nova", "grande", "clara", "sol", "rey"],
    clubs: [(town) => `Atlético ${town}`, (town) => `Deportivo ${town}`, (town) => `Racing ${town}`, (town) => `Unión ${town}`, (town) => town],
  },
];

/**
 * A club; strengths are on the scale of the logarithm of goals.
 * @typedef {object} Club
 * @property {number} id team_id
 * @property {string} name
 * @property {string} town
 * @property {string} country
 * @property {number} quality 0 for the middle of a first division
 * @property {number} attack what its attack has beyond its quality
 * @property {number} defence likewise
 * @property {number} lastPlayed ms UTC
 */

/** Mean and deviation of quality by division, before the first season. */
const QUALITY = [
  { mean: 0, deviation: 0.42 },
  { mean: -0.65, deviation: 0.3 },
];
const STYLE_DEVIATION = 0.09;
const STYLE_KEPT = 0.6;
const QUALITY_KEPT = 0.86;
const SUMMER_DEVIATION = 0.16;
const WEEKLY_DEVIATION = 0.022;

/**
 * @param {Country} country
 * @param {number} firstId
 * @returns {[Club[], Club[]]} by division
 */
export function foundClubs(country, firstId) {
  const random = new Random(`clubs|${country.name}`);
  const towns = random.shuffled(country.beginnings.flatMap((beginning) => country.endings.map((ending) => beginning + ending)));
  let next = 0;
  const clubsOf = (/** @type {number} */ division) =>
    Array.from({ length: country.divisions[division].teams }, () => {
      const town = towns[next];
      const name = country.clubs[random.integer(country.clubs.length)](town);
      const quality = random.normal(QUALITY[division].mean, QUALITY[division].deviation);
      const [attack, defence] = [random.normal(0, STYLE_DEVIATION), random.normal(0, STYLE_DEVIATION)];
      return { id: firstId + next++, name, town, country: country.name, quality, attack, defence, lastPlayed: -Infinity };
    });
  return [clubsOf(0), clubsOf(1)];
}

/**
 * A summer passes: money follows the division, players come and go.
 * @param {Club[]} clubs of one division, as the new season has them
 * @param {number} division 0 or 1
 * @param {Random} random
 */
export function passSummer(clubs, division, random) {
  for (const club of clubs) {
    club.quality = QUALITY_KEPT * club.quality + (1 - QUALITY_KEPT) * QUALITY[division].mean + random.normal(0, SUMMER_DEVIATION);
    club.attack = STYLE_KEPT * club.attack + random.normal(0, STYLE_DEVIATION * 0.8);
    club.defence = STYLE_KEPT * club.defence + random.normal(0, STYLE_DEVIATION * 0.8);
  }
}

/**
 * @param {Club[]} clubs
 * @param {Random} random
 */
export function passWeek(clubs, random) {
  for (const club of clubs) club.quality += random.normal(0, WEEKLY_DEVIATION);
}
