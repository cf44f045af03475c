/** A service in a process of its own, to be killed: answers rightly, slowly, wrongly, half, or not at all. */
import http from "node:http";
import { json, predictionFor } from "./mlServiceFakes.js";

/** @type {((response: http.ServerResponse, id: number) => void)[]} */
const behaviours = [
  (response, id) => json(response, predictionFor(id)),
  (response, id) => setTimeout(() => json(response, predictionFor(id)), 30),
  (response, id) => json(response, predictionFor(id), 200),
  (response) => response.socket?.destroy(),
  (response) => response.writeHead(200, { "Content-Length": 1000 }).write("{", () => response.socket?.destroy()),
  (response, id) => json(response, predictionFor(id, { prediction: { "1x2": { home: 2, draw: -1, away: 0 } } })),
  (response, id) => json(response.setHeader("Connection", "close"), predictionFor(id)),
];

let served = 0;
const server = http.createServer((request, response) => {
  let text = "";
  request.on("data", (chunk) => (text += chunk));
  request.on("end", () => {
    served += 1;
    behaviours[served % behaviours.length](response, JSON.parse(text).fixture_id);
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1", () => process.send?.("listening"));
