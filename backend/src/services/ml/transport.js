import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import axios from "axios";
import { CallFailure, describe } from "./failure.js";

/**
 * @typedef {object} Request
 * @property {"GET" | "POST"} method
 * @property {string} path
 * @property {string} [body] JSON
 * @property {string} [accept]
 * @property {boolean} [alone] on a new connection that nothing else uses
 *
 * @typedef {object} Reply
 * @property {number} status
 * @property {import("node:stream").Readable} body to be iterated over, which closes it whatever happens
 */

// uvicorn closes a connection that was idle for 5 s; a request sent at that moment would be lost.
const IDLE_SOCKET_MS = 2500;
const MAX_SOCKETS = 64;

const BROKEN_CONNECTION = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE"]);

/**
 * `localhost` may mean ::1 and 127.0.0.1; uvicorn listens on the latter unless told otherwise.
 * @type {import("node:net").LookupFunction}
 */
const lookupIpv4First = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, verbatim: false }, callback);
};

const connection = { lookup: lookupIpv4First, autoSelectFamily: true };
const pool = { ...connection, keepAlive: true, timeout: IDLE_SOCKET_MS, maxSockets: MAX_SOCKETS };

const client = axios.create({
  adapter: "http",
  httpAgent: new http.Agent(pool),
  httpsAgent: new https.Agent(pool),
  // The service is a neighbour: a proxy meant for the internet cannot reach it.
  proxy: false,
  maxRedirects: 0,
  decompress: false,
  maxContentLength: -1,
  responseType: "stream",
  validateStatus: () => true,
});

const loneAgents = { httpAgent: new http.Agent(connection), httpsAgent: new https.Agent(connection) };

/**
 * Sends a request and resolves when the head of the answer is there.
 * @param {string} baseUrl
 * @param {Request} request
 * @param {AbortSignal} signal ends the request and the reading of its answer
 * @returns {Promise<Reply>}
 * @throws {CallFailure}
 */
export async function send(baseUrl, request, signal) {
  const headers = { Accept: request.accept ?? "application/json", "Accept-Encoding": "identity" };
  try {
    const response = await client.request({
      url: baseUrl + request.path,
      method: request.method,
      headers: request.body ? { ...headers, "Content-Type": "application/json" } : headers,
      data: request.body,
      signal,
      ...(request.alone ? loneAgents : {}),
    });
    return { status: response.status, body: response.data };
  } catch (error) {
    throw asCallFailure(error, signal);
  }
}

/**
 * @param {Reply} reply
 * @param {AbortSignal} signal
 * @param {number} maxBytes
 * @returns {Promise<string>}
 * @throws {CallFailure}
 */
export async function readText(reply, signal, maxBytes) {
  /** @type {Buffer[]} */
  const chunks = [];
  let bytes = 0;
  try {
    for await (const chunk of reply.body) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new CallFailure("invalid_response", `an answer of more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw asCallFailure(error, signal);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * @param {unknown} error
 * @param {AbortSignal} signal
 * @returns {CallFailure}
 */
export function asCallFailure(error, signal) {
  if (error instanceof CallFailure) return error;
  if (signal.aborted) return new CallFailure("timeout", "no complete answer in time", { cause: error });
  const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
  const kind = BROKEN_CONNECTION.has(String(code)) ? "connection_lost" : "unreachable";
  return new CallFailure(kind, describe(error), { cause: error });
}
