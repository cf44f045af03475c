import { drawScore, scoreLaw } from "./goals.js";

/** @typedef {import("./random.js").Random} Random */
/** @typedef {import("./goals.js").Goals} Goals */
/** @typedef {import("./world.js").Club} Club */
/** @typedef {import("./world.js").Division} Division */

/**
 * @typedef {object} SideStats
 * @property {number} onGoal shots on goal
 * @property {number} offGoal
 * @property {number} insideBox
 * @property {number} corners
 * @property {number} fouls
 * @property {number} offsides
 * @property {number} possession percent
 * @property {number} yellow
 * @property {number} red
 * @property {number} passes
 * @property {number} accuratePasses
 */

/**
 * @typedef {object} Result
 * @property {'FT' | 'AET' | 'PEN'} status
 * @property {Goals} halfTime
 * @property {Goals} fullTime after 90 minutes
 * @property {Goals | null} extraTime goals of extra time alone
 * @property {Goals | null} penalties
 */

const HOUR_MS = 3_600_000;

/** Share of quality that shows in attack, the rest in defence. */
const ATTACK_SHARE = 0.55;
/** What three days of rest cost. */
const TIRED = -0.06;
const SHORT_REST_MS = 84 * HOUR_MS;
/** Line-ups and weather, known to bookmakers only at closing (deviation of the logarithm of expected goals). */
const LATE_NEWS = 0.06;

const FIRST_HALF_SHARE = 0.45;
const EXTRA_TIME_SHARE = 0.3;

/** @param {Club} club */
const attackOf = (club) => ATTACK_SHARE * club.quality + club.attack;
/** @param {Club} club */
const defenceOf = (club) => (1 - ATTACK_SHARE) * club.quality + club.defence;

/**
 * Expected goals of a match, as a bookmaker may know them a day ahead.
 * @param {Club} home
 * @param {Club} away
 * @param {Division} division
 * @param {number} kickOff ms UTC
 * @returns {Goals}
 */
export function expectedGoals(home, away, division, kickOff) {
  const tired = (/** @type {Club} */ club) => (kickOff - club.lastPlayed < SHORT_REST_MS ? TIRED : 0);
  const edge = division.homeAdvantage / 2;
  return {
    home: division.goals * Math.exp(edge + attackOf(home) - defenceOf(away) + tired(home) - tired(away) / 2),
    away: division.goals * Math.exp(-edge + attackOf(away) - defenceOf(home) + tired(away) - tired(home) / 2),
  };
}

/**
 * @param {Goals} mean
 * @param {Random} random
 * @returns {Goals} the same with what only the last hour tells
 */
export function withLateNews(mean, random) {
  return { home: mean.home * Math.exp(random.normal(0, LATE_NEWS)), away: mean.away * Math.exp(random.normal(0, LATE_NEWS)) };
}

/**
 * @param {Goals} mean expected goals in 90 minutes
 * @param {boolean} isKnockout whether somebody must win
 * @param {Random} random
 * @returns {Result}
 */
export function play(mean, isKnockout, random) {
  const fullTime = drawScore(scoreLaw(mean), random);
  const halfTime = { home: random.binomial(fullTime.home, FIRST_HALF_SHARE), away: random.binomial(fullTime.away, FIRST_HALF_SHARE) };
  if (!isKnockout || fullTime.home !== fullTime.away) return { status: "FT", halfTime, fullTime, extraTime: null, penalties: null };
  const extraTime = { home: random.poisson(mean.home * EXTRA_TIME_SHARE), away: random.poisson(mean.away * EXTRA_TIME_SHARE) };
  if (extraTime.home !== extraTime.away) return { status: "AET", halfTime, fullTime, extraTime, penalties: null };
  const loser = 2 + random.integer(3);
  const penalties = random.chance(0.5) ? { home: loser + 1, away: loser } : { home: loser, away: loser + 1 };
  return { status: "PEN", halfTime, fullTime, extraTime, penalties };
}

/**
 * @param {number} mean the side's expected goals
 * @param {number} goals that it scored in 90 minutes
 * @param {boolean} isHome
 * @param {number} possession percent
 * @param {Random} random
 * @returns {SideStats}
 */
function sideStats(mean, goals, isHome, possession, random) {
  const pressure = Math.sqrt(mean / 1.35);
  const onGoal = goals + random.poisson(3.1 * pressure);
  const offGoal = random.poisson(7.6 * pressure);
  const passes = Math.round(possession * random.normal(8.6, 0.5));
  return {
    onGoal,
    offGoal,
    insideBox: random.binomial(onGoal + offGoal, 0.62),
    corners: random.poisson(4.9 * pressure),
    fouls: random.poisson(11.6),
    offsides: random.poisson(1.8),
    possession,
    yellow: random.poisson(isHome ? 1.8 : 2.1),
    red: random.chance(isHome ? 0.07 : 0.09) ? 1 : 0,
    passes,
    accuratePasses: Math.round(passes * random.normal(0.8, 0.03)),
  };
}

/**
 * @param {Goals} mean expected goals
 * @param {Goals} goals scored in 90 minutes
 * @param {Random} random
 * @returns {{ home: SideStats, away: SideStats }}
 */
export function statsOf(mean, goals, random) {
  const share = mean.home / (mean.home + mean.away);
  const possession = Math.round(Math.min(75, Math.max(25, 50 + 45 * (share - 0.5) + random.normal(0, 5))));
  return {
    home: sideStats(mean.home, goals.home, true, possession, random),
    away: sideStats(mean.away, goals.away, false, 100 - possession, random),
  };
}
