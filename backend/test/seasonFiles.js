import fs from "node:fs";
import path from "node:path";

const DAY_MS = 86_400_000;
const COLUMNS = [
  ..."Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,HTR,HS,AS,HST,AST,HF,AF,HC,AC,HY,AY,HR,AR".split(","),
  ..."B365H,B365D,B365A,AvgH,AvgD,AvgA,B365>2.5,B365<2.5,Avg>2.5,Avg<2.5".split(","),
  ..."B365CH,B365CD,B365CA,AvgCH,AvgCD,AvgCA,B365C>2.5,B365C<2.5,AvgC>2.5,AvgC<2.5".split(","),
];

/**
 * Season files of two divisions in football-data.co.uk's layout: as many matches as theirs of those seasons, made up.
 * @param {string} folder where there are none yet
 * @returns {string} the folder
 */
export function writeSeasons(folder) {
  writeSeason(folder, { name: "2019-20/SC0", teams: 12, matches: 179, year: 2019 });
  writeSeason(folder, { name: "2023-24/SC0", teams: 12, matches: 228, year: 2023 });
  writeSeason(folder, { name: "2019-20/I1", teams: 20, matches: 380, year: 2019 });
  writeSeason(folder, { name: "2023-24/I1", teams: 20, matches: 380, year: 2023 });
  return folder;
}

/**
 * @param {string} folder
 * @param {{ name: string, teams: number, matches: number, year: number }} season
 */
function writeSeason(folder, { name, teams, matches, year }) {
  const file = path.join(folder, `${name}.csv`);
  const division = path.basename(name);
  const rows = Array.from({ length: matches }, (_, match) => row(division, match, teams, Date.UTC(year, 7, 3)).join(","));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, [COLUMNS.join(","), ...rows, ""].join("\r\n"));
}

/**
 * One match of a calendar in which everyone plays once a week.
 * @param {string} division
 * @param {number} match from the season's first, 0
 * @param {number} teams
 * @param {number} start first day (ms)
 */
function row(division, match, teams, start) {
  const [round, place] = [Math.floor(match / (teams / 2)), match % (teams / 2)];
  const [home, away] = pair(round, place, teams);
  const [scored, conceded] = [(match * 7 + home) % 4, (match * 5 + away) % 3];
  const [scoredEarly, concededEarly] = [Math.min(scored, 1), Math.min(conceded, 1)];
  const day = new Date(start + 7 * round * DAY_MS).toISOString().slice(0, 10).split("-").reverse().join("/");
  const goals = [scored, conceded, result(scored, conceded), scoredEarly, concededEarly, result(scoredEarly, concededEarly)];
  const statistics = [12, 9, scored + 3, conceded + 2, 11, 12, 5, 4, 2, 1, 0, 0];
  const early = [2.1, 3.4, 3.6, 2.05, 3.3, 3.5, 1.9, 1.95, 1.88, 1.92];
  const closing = early.map((price) => (price + 0.05).toFixed(2));
  return [division, day, "15:00", `${division} Club ${home}`, `${division} Club ${away}`, ...goals, ...statistics, ...early, ...closing];
}

/**
 * @param {number} round
 * @param {number} place of the match in its round
 * @param {number} teams
 * @returns {[number, number]} home and away, by the circle method
 */
function pair(round, place, teams) {
  const turn = (/** @type {number} */ seat) => (seat === 0 ? 0 : 1 + ((seat - 1 + round) % (teams - 1)));
  const both = /** @type {[number, number]} */ ([turn(place), turn(teams - 1 - place)]);
  return (round + Math.floor(round / (teams - 1))) % 2 === 0 ? both : /** @type {[number, number]} */ (both.reverse());
}

/**
 * @param {number} home
 * @param {number} away
 */
const result = (home, away) => (home > away ? "H" : home < away ? "A" : "D");
