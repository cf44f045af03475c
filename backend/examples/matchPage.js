/** A match page with and without the ML service: `node backend/examples/matchPage.js`, then /matches/FIXTURE_ID. */
import { fileURLToPath } from "node:url";
import express from "express";
import { getPrediction } from "../src/services/mlService.js";

const percent = (/** @type {number} */ probability) => `${Math.round(100 * probability)}%`;

export const app = express();

app.get("/matches/:fixtureId", async (request, response) => {
  const answer = await getPrediction(request.params.fixtureId);
  if (answer.prediction === null) {
    response.json({ title: "Match", chances: "No prediction at the moment" });
    return;
  }
  const { home, draw, away } = answer.prediction["1x2"];
  const title = `${answer.match.home_team} - ${answer.match.away_team}`;
  response.json({ title, chances: `home ${percent(home)}, draw ${percent(draw)}, away ${percent(away)}` });
});

if (process.argv[1] === fileURLToPath(import.meta.url)) app.listen(3001, () => console.log("http://localhost:3001/matches/1"));
