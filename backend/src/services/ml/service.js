import { CircuitBreaker } from "./circuitBreaker.js";
import { describe } from "./failure.js";

export const DEFAULT_URL = "http://localhost:5050";

const LOG_PREFIX = "[ml-service]";

/** The service at one URL, as calls have found it so far. */
export class Service {
  /** @type {Set<string>} */
  #said = new Set();
  #lastFailure = "";
  #name;

  /** @param {string} url without a slash at its end */
  constructor(url) {
    this.url = url;
    this.#name = withoutCredentials(url);
    this.breaker = new CircuitBreaker((isOpen) => this.#logChange(isOpen));
  }

  /**
   * @param {string} topic
   * @param {string} text logged the first time that this topic comes up
   */
  sayOnce(topic, text) {
    if (this.#said.has(topic)) return;
    this.#said.add(topic);
    console.warn(`${LOG_PREFIX} ${this.#name}: ${text}`);
  }

  /** @param {unknown} error what the log names when the breaker opens */
  rememberFailure(error) {
    this.#lastFailure = describe(error);
  }

  /** @param {boolean} isOpen */
  #logChange(isOpen) {
    if (isOpen) console.warn(`${LOG_PREFIX} ${this.#name} fails (${this.#lastFailure}): no predictions until it answers`);
    else console.info(`${LOG_PREFIX} ${this.#name} answers again`);
  }
}

/** @type {Map<string, Service>} */
const services = new Map();

/**
 * The service that ML_SERVICE_URL names at this moment.
 * @returns {Service}
 * @throws {TypeError} when it is not an http(s) URL
 */
export function currentService() {
  const url = normalise(process.env.ML_SERVICE_URL?.trim() || DEFAULT_URL);
  const known = services.get(url);
  if (known) return known;
  const service = new Service(url);
  services.set(url, service);
  return service;
}

/** @param {string} text */
function normalise(text) {
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError("not an http or https URL");
  url.search = "";
  url.hash = "";
  return url.href.replace(/\/+$/, "");
}

/**
 * @param {string} url or what was meant as one
 * @returns {string} fit for a log
 */
function withoutCredentials(url) {
  return url.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, "$1");
}

/** @type {Set<string>} */
const misconfigurations = new Set();

/** @param {unknown} error logged once for each value of ML_SERVICE_URL */
export function reportMisconfiguration(error) {
  const value = String(process.env.ML_SERVICE_URL);
  if (misconfigurations.has(value)) return;
  misconfigurations.add(value);
  console.warn(
    `${LOG_PREFIX} ML_SERVICE_URL is ${JSON.stringify(withoutCredentials(value))}, wanted e.g. ${DEFAULT_URL} (${describe(error)})`,
  );
}
