import { clientOf } from "./training.js";

/**
 * @typedef {import("../../src/services/mlService.js").Prediction} Prediction
 */

/**
 * Shows how to ask for a prediction, and one.
 * @param {import("./server.js").RunningService} service
 * @param {import("./demoDatabase.js").UpcomingFixture | null} fixture
 */
export async function tryOut({ url }, fixture) {
  console.log(`\nServing at ${url} (manual: ${url}/docs, stop: Ctrl-C)`);
  if (!fixture) {
    console.log("The database has no upcoming fixtures; `npm run db:fixtures -- --team NAME` lists those it has.");
    return;
  }
  const client = await clientOf(url);
  const answer = await client.getPrediction(fixture.fixture_id);
  console.log(`Try:\n\n  ${curlLine(url, fixture.fixture_id)}\n`);
  console.log(answer.prediction === null ? "It has no prediction yet; GET /health says why." : chances(answer));
}

/**
 * @param {string} url
 * @param {number} fixtureId
 * @param {NodeJS.Platform} [platform]
 */
export function curlLine(url, fixtureId, platform = process.platform) {
  const body = JSON.stringify({ fixture_id: fixtureId });
  // Windows' command line knows no single quotes.
  const quoted = platform === "win32" ? `"${body.replaceAll('"', '\\"')}"` : `'${body}'`;
  return `curl -s ${url}/predict -H "content-type: application/json" -d ${quoted}`;
}

/** @param {Prediction} answer */
export function chances({ match, prediction }) {
  const percent = (/** @type {number} */ probability) => `${(100 * probability).toFixed(1)}%`;
  const { home, draw, away } = prediction["1x2"];
  return [
    `${match.home_team} - ${match.away_team}, ${match.date.slice(0, 10)}, ${match.league}:`,
    `home ${percent(home)}, draw ${percent(draw)}, away ${percent(away)};`,
    `over 2.5 goals ${percent(prediction.ou25.over)}; both score ${percent(prediction.btts.yes)}`,
  ].join(" ");
}
