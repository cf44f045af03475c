/** @typedef {import("./world.js").Club} Club */
/** @typedef {import("./season.js").Fixture} Fixture */

/**
 * @typedef {object} Standing
 * @property {Club} club
 * @property {number} win
 * @property {number} draw
 * @property {number} lose
 * @property {number} scored
 * @property {number} conceded
 * @property {string} form last five results, newest last
 */

/** @param {Standing} standing */
export const pointsOf = ({ win, draw }) => 3 * win + draw;

/**
 * @param {Standing} standing
 * @param {number} scored
 * @param {number} conceded
 */
function add(standing, scored, conceded) {
  const result = scored > conceded ? "W" : scored < conceded ? "L" : "D";
  standing[result === "W" ? "win" : result === "L" ? "lose" : "draw"] += 1;
  standing.scored += scored;
  standing.conceded += conceded;
  standing.form = (standing.form + result).slice(-5);
}

/**
 * The table of a division; awarded matches count.
 * @param {Club[]} clubs
 * @param {Fixture[]} fixtures of one season of the division
 * @returns {Standing[]} best first: points, goal difference, goals scored
 */
export function tableOf(clubs, fixtures) {
  const standings = new Map(clubs.map((club) => [club.id, { club, win: 0, draw: 0, lose: 0, scored: 0, conceded: 0, form: "" }]));
  for (const { home, away, goals } of fixtures) {
    const [ours, theirs] = [standings.get(home.id), standings.get(away.id)];
    if (goals === null || !ours || !theirs) continue;
    add(ours, goals.home, goals.away);
    add(theirs, goals.away, goals.home);
  }
  const difference = (/** @type {Standing} */ { scored, conceded }) => scored - conceded;
  return [...standings.values()].sort(
    (a, b) => pointsOf(b) - pointsOf(a) || difference(b) - difference(a) || b.scored - a.scored || a.club.id - b.club.id,
  );
}
