import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import test from "node:test";
import { app } from "../examples/matchPage.js";
import { declarations, DECLARATIONS } from "../scripts/lib/declarations.js";
import { captureLog, json, predictionFor, serve } from "./mlServiceFakes.js";

/** @param {import("node:test").TestContext} t */
async function page(t) {
  const server = http.createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const response = await fetch(`http://127.0.0.1:${port}/matches/7`, { headers: { Connection: "close" } });
  return { status: response.status, body: await response.json() };
}

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

test("mlService.d.ts says what the JSDoc of mlService.js says", () => {
  assert.equal(fs.readFileSync(DECLARATIONS, "utf8").replaceAll("\r\n", "\n"), declarations());
});
