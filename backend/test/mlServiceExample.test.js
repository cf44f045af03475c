import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import test from "node:test";
import { app } from "../examples/matchPage.js";
import { declarations, DECLARATIONS } from "../scripts/lib/declarations.js";
import { captureLog, json, predictionFor, serve } from "./mlServiceFakes.js";
import { scoredPredictionFor } from "./scoredPrediction.js";

/**
 * @param {import("node:test").TestContext} t
 * @param {string} type wanted
 */
async function fetchPage(t, type) {
  const server = http.createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return fetch(`http://127.0.0.1:${port}/matches/7`, { headers: { Connection: "close", Accept: type } });
}

/** @param {import("node:test").TestContext} t */
async function page(t) {
  const response = await fetchPage(t, "*/*");
  return { status: response.status, body: await response.json() };
}

/** @param {import("node:test").TestContext} t */
const html = async (t) => (await fetchPage(t, "text/html")).text();

test("the example's match page shows the chances", async (t) => {
  await serve(t, (_request, response) => json(response, predictionFor(7)));
  assert.deepEqual(await page(t), { status: 200, body: { title: "A - B", chances: "home 50%, draw 30%, away 20%" } });
});

test("the example's match page does without the service", async (t) => {
  captureLog(t);
  const { stop } = await serve(t, () => {});
  await stop();
  assert.deepEqual(await page(t), { status: 200, body: { title: "Match", chances: "No prediction at the moment" } });
});

test("the example's match page draws the scores as a map that names the likeliest", async (t) => {
  const answer = scoredPredictionFor(7);
  await serve(t, (_request, response) => json(response, answer));
  const text = await html(t);
  assert.equal(text.match(/<rect [^>]*fill="rgb/g)?.length, 7 * 7);
  assert.equal(text.match(/class="likeliest"/g)?.length, 1);
  assert.match(text, /role="img" aria-labelledby="score-map-title score-map-text"/);
  assert.match(text, /<desc id="score-map-text">Likeliest scores: 1-1 \(12%\), 1-0 \(11%\), 2-1 \(9\.5%\)\.<\/desc>/);
  const shown = [...text.matchAll(/<title>A [0-6]\+?, B [0-6]\+?: (<?[\d.]+)%<\/title>/g)].map(([, percent]) => Number(percent.replace("<", "")));
  assert.equal(shown.length, 7 * 7);
  assert.ok(Math.abs(shown.reduce((sum, percent) => sum + percent, 0) - 100) < 2, "all scores are in the map");
});

/** @param {number[]} rgb 0 to 255 */
function luminance(rgb) {
  const [red, green, blue] = rgb.map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test("every cell of the example's map can be read: its text has a contrast of 4.5 or more", async (t) => {
  await serve(t, (_request, response) => json(response, scoredPredictionFor(7)));
  const cells = [...(await html(t)).matchAll(/fill="rgb\(([\d,]+)\)".*\n<text [^>]*fill="#(\w{6})"/g)];
  assert.equal(cells.length, 7 * 7);
  for (const [, ground, text] of cells) {
    const [dark, light] = [ground.split(",").map(Number), (text.match(/../g) ?? []).map((part) => parseInt(part, 16))]
      .map(luminance)
      .sort((a, b) => a - b);
    assert.ok((light + 0.05) / (dark + 0.05) >= 4.5, `${text} on ${ground}`);
  }
});

test("the example's match page has no map where there are no scores", async (t) => {
  await serve(t, (_request, response) => json(response, predictionFor(7)));
  const text = await html(t);
  assert.match(text, /home 50%, draw 30%, away 20%/);
  assert.doesNotMatch(text, /<svg/);
});

test("names in the example's match page are text, whatever they hold", async (t) => {
  const answer = scoredPredictionFor(7);
  answer.match.home_team = `<script>alert("1")</script> & 'Sons'`;
  await serve(t, (_request, response) => json(response, answer));
  const text = await html(t);
  assert.doesNotMatch(text, /<script/);
  assert.match(text, /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt; &amp; &#39;Sons&#39;/);
});

test("mlService.d.ts says what the JSDoc of mlService.js says", () => {
  assert.equal(fs.readFileSync(DECLARATIONS, "utf8").replaceAll("\r\n", "\n"), declarations());
});
