/** A grid of scores as a heat map: plain SVG, which needs no script and can be read aloud. */

/** Goals of a side that have a row or column of their own; more share the last one. */
const MOST_SHOWN = 6;
const CELL = 52;
const LEFT = 96;
const TOP = 72;
const SIZE = CELL * (MOST_SHOWN + 1);
const WIDTH = LEFT + SIZE + 16;
const HEIGHT = TOP + SIZE + 56;
/** Lightest and darkest cell, and the text on either side of `TURN`: the contrast is 4.5 or more everywhere (WCAG 2.2, 1.4.3). */
const LIGHT = [239, 246, 252];
const DARK = [8, 62, 120];
const DARK_TEXT = "#000000";
const LIGHT_TEXT = "#ffffff";
const MARK = "#d9480f";
const TURN = 0.68;

/** @typedef {{ home: string, away: string }} Teams */
/** @typedef {import("../src/services/mlService.js").Scores} Scores */

/**
 * @param {string} text
 * @returns {string} safe inside an element or an attribute
 */
export function escaped(text) {
  const entities = /** @type {Record<string, string>} */ ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" });
  return text.replace(/[&<>"']/g, (mark) => entities[mark]);
}

/**
 * @param {number[][]} grid
 * @returns {number[][]} of fewer goals, the last row and column holding all beyond
 */
function folded(grid) {
  const cells = Array.from({ length: MOST_SHOWN + 1 }, () => Array(MOST_SHOWN + 1).fill(0));
  grid.forEach((row, home) => row.forEach((p, away) => (cells[Math.min(home, MOST_SHOWN)][Math.min(away, MOST_SHOWN)] += p)));
  return cells;
}

/** @param {number} goals */
const goalsText = (goals) => (goals === MOST_SHOWN ? `${goals}+` : `${goals}`);

/** @param {number} p */
const percent = (p) => (p < 0.0005 ? "<0.1%" : `${(100 * p).toFixed(p < 0.0995 ? 1 : 0)}%`);

/** @param {number} share of the likeliest cell's probability */
const colour = (share) => `rgb(${LIGHT.map((light, i) => Math.round(light + (DARK[i] - light) * share)).join(",")})`;

/**
 * @param {number} home
 * @param {number} away
 * @param {number} p
 * @param {{ most: number, teams: Teams }} map
 */
function cell(home, away, p, { most, teams }) {
  const share = p / most;
  const [x, y] = [LEFT + away * CELL, TOP + home * CELL];
  return `<g><title>${escaped(teams.home)} ${goalsText(home)}, ${escaped(teams.away)} ${goalsText(away)}: ${percent(p)}</title>
<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="${colour(share)}" stroke="#fff"/>
<text x="${x + CELL / 2}" y="${y + CELL / 2 + 4}" fill="${share > TURN ? LIGHT_TEXT : DARK_TEXT}">${percent(p)}</text></g>`;
}

/**
 * @param {{ home: number, away: number }} score
 * @returns {string} a frame around its cell
 */
function frame({ home, away }) {
  const [row, column] = [Math.min(home, MOST_SHOWN), Math.min(away, MOST_SHOWN)];
  return `<rect class="likeliest" x="${LEFT + column * CELL + 2}" y="${TOP + row * CELL + 2}" width="${CELL - 4}" height="${CELL - 4}" fill="none" stroke="${MARK}" stroke-width="4"/>`;
}

/** @param {Teams} teams */
function axes({ home, away }) {
  const goals = Array.from({ length: MOST_SHOWN + 1 }, (_, index) => index);
  const middle = SIZE / 2;
  return [
    `<text class="axis" x="${LEFT + middle}" y="${TOP - 40}">Goals of ${escaped(shortened(away))}</text>`,
    `<text class="axis" x="${-TOP - middle}" y="${LEFT - 40}" transform="rotate(-90)">Goals of ${escaped(shortened(home))}</text>`,
    ...goals.map((count) => `<text x="${LEFT + count * CELL + CELL / 2}" y="${TOP - 12}">${goalsText(count)}</text>`),
    ...goals.map((count) => `<text x="${LEFT - 16}" y="${TOP + count * CELL + CELL / 2 + 4}">${goalsText(count)}</text>`),
  ].join("\n");
}

const LONGEST_NAME = 30;
/** @param {string} name */
const shortened = (name) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name);

/**
 * @param {Scores} scores
 * @param {Teams} teams names
 * @returns {string} an SVG element
 */
export function scoreMap({ grid, likeliest }, teams) {
  const cells = folded(grid);
  const map = { most: Math.max(...cells.flat()), teams };
  const [best] = likeliest;
  const inWords = likeliest.slice(0, 3).map(({ home, away, probability }) => `${home}-${away} (${percent(probability)})`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="score-map-title score-map-text"
 font-family="system-ui, sans-serif" font-size="13" text-anchor="middle">
<title id="score-map-title">Probability of each score, ${escaped(teams.home)} against ${escaped(teams.away)}</title>
<desc id="score-map-text">Likeliest scores: ${inWords.join(", ")}.</desc>
<style>.axis { font-size: 15px; font-weight: 600 }</style>
<g fill="${DARK_TEXT}">
${axes(teams)}
</g>
${cells.flatMap((row, home) => row.map((p, away) => cell(home, away, p, map))).join("\n")}
${frame(best)}
<text x="${LEFT + SIZE / 2}" y="${TOP + SIZE + 32}" fill="${DARK_TEXT}"><tspan fill="${MARK}" font-weight="700">■</tspan> likeliest score: ${inWords[0]}</text>
</svg>`;
}
