/** @typedef {import("./random.js").Random} Random */

/** @typedef {{ home: number, away: number }} Goals expected or scored */

const MOST = 10;

/**
 * Dependence of low scores (Dixon and Coles, 1997): below zero, 0-0 and 1-1 come more often and 1-0 and 0-1 less than independent
 * Poisson counts would have it.
 */
const RHO = -0.07;

/**
 * @param {number} mean
 * @returns {number[]} probabilities of 0 .. MOST goals
 */
function poissonLaw(mean) {
  const law = [Math.exp(-mean)];
  for (let goals = 1; goals <= MOST; goals += 1) law.push((law[goals - 1] * mean) / goals);
  return law;
}

/**
 * Dixon and Coles' tau (1997, eq. 4.2) where it is not 1.
 * @param {number} home goals, 0 or 1
 * @param {number} away goals, 0 or 1
 * @param {Goals} mean
 */
function tau(home, away, mean) {
  if (home === away) return home === 0 ? 1 - mean.home * mean.away * RHO : 1 - RHO;
  return 1 + (home === 0 ? mean.home : mean.away) * RHO;
}

/**
 * Joint law of a score.
 * @param {Goals} mean expected goals, each side's above 0
 * @returns {number[][]} probability by home goals, then away goals; sums to 1
 */
export function scoreLaw(mean) {
  const [home, away] = [poissonLaw(mean.home), poissonLaw(mean.away)];
  const law = home.map((p) => away.map((q) => p * q));
  for (const i of [0, 1]) for (const j of [0, 1]) law[i][j] *= tau(i, j, mean);
  let total = 0;
  for (const row of law) for (const p of row) total += p;
  for (const row of law) for (let j = 0; j <= MOST; j += 1) row[j] /= total;
  return law;
}

/**
 * @param {number[][]} law
 * @param {Random} random
 * @returns {Goals}
 */
export function drawScore(law, random) {
  let left = random.uniform();
  for (const [home, row] of law.entries()) {
    for (const [away, p] of row.entries()) {
      left -= p;
      if (left < 0) return { home, away };
    }
  }
  return { home: 0, away: 0 };
}

/**
 * Probabilities of the three markets that the bookmakers quote.
 * @param {number[][]} law
 * @returns {{ winner: number[], goals: number[], bothScore: number[] }} home/draw/away, over/under 2.5, yes/no
 */
export function marketsOf(law) {
  let [home, draw, over, both] = [0, 0, 0, 0];
  for (let i = 0; i <= MOST; i += 1) {
    for (let j = 0; j <= MOST; j += 1) {
      const p = law[i][j];
      if (i > j) home += p;
      else if (i === j) draw += p;
      if (i + j > 2) over += p;
      if (i > 0 && j > 0) both += p;
    }
  }
  return { winner: [home, draw, 1 - home - draw], goals: [over, 1 - over], bothScore: [both, 1 - both] };
}

/**
 * @param {number[]} winner home/draw/away
 * @returns {number[]} home or draw/home or away/draw or away, which sum to 2
 */
export function doubleChance([home, draw, away]) {
  return [home + draw, home + away, draw + away];
}

/**
 * @param {number[][]} law
 * @param {number} line a half goal
 * @returns {number[]} over/under
 */
export function overOf(law, line) {
  let over = 0;
  for (let i = 0; i <= MOST; i += 1) for (let j = 0; j <= MOST; j += 1) if (i + j > line) over += law[i][j];
  return [over, 1 - over];
}

/**
 * Probabilities that give an Asian handicap's fair prices as their inverses: of what is not given back, the share that each side
 * wins. A quarter line is half a stake on each of the lines beside it.
 * @param {number[][]} law
 * @param {number} line the home side's, a multiple of 0.25
 * @returns {number[]} home/away
 */
export function handicapOf(law, line) {
  let [home, away] = [0, 0];
  for (const half of [Math.floor(line * 2) / 2, Math.ceil(line * 2) / 2]) {
    for (let i = 0; i <= MOST; i += 1) {
      for (let j = 0; j <= MOST; j += 1) {
        if (i - j + half > 0) home += law[i][j];
        else if (i - j + half < 0) away += law[i][j];
      }
    }
  }
  return [home / (home + away), away / (home + away)];
}
