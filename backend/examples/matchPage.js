/** A match page with and without the ML service: `node backend/examples/matchPage.js`, then /matches/FIXTURE_ID. */
import { fileURLToPath } from "node:url";
import express from "express";
import { getPrediction } from "../src/services/mlService.js";
import { escaped, scoreMap } from "./scoreMap.js";

/** @typedef {{ title: string, chances: string, map: string }} Page */

const percent = (/** @type {number} */ probability) => `${Math.round(100 * probability)}%`;

/**
 * @param {string} fixtureId
 * @returns {Promise<Page>} what the page shows; `map` is '' where there are no scores
 */
async function pageOf(fixtureId) {
  const answer = await getPrediction(fixtureId, { scores: true });
  if (answer.prediction === null) return { title: "Match", chances: "No prediction at the moment", map: "" };
  const { home_team, away_team } = answer.match;
  const { home, draw, away } = answer.prediction["1x2"];
  return {
    title: `${home_team} - ${away_team}`,
    chances: `home ${percent(home)}, draw ${percent(draw)}, away ${percent(away)}`,
    map: answer.scores ? scoreMap(answer.scores, { home: home_team, away: away_team }) : "",
  };
}

/** @param {Page} page */
const toHtml = ({ title, chances, map }) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>body { font-family: system-ui, sans-serif; margin: 1rem auto; max-width: 36rem; padding: 0 1rem }</style></head>
<body><h1>${escaped(title)}</h1><p>${escaped(chances)}</p>${map}</body></html>
`;

export const app = express();

app.get("/matches/:fixtureId", async (request, response) => {
  const page = await pageOf(request.params.fixtureId);
  response.format({
    json: () => response.json({ title: page.title, chances: page.chances }),
    html: () => response.send(toHtml(page)),
  });
});

if (process.argv[1] === fileURLToPath(import.meta.url)) app.listen(3001, () => console.log("http://localhost:3001/matches/1"));
