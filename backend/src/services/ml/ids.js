import { isObject } from "./numbers.js";
import { serviceOrNull } from "./call.js";

/**
 * @typedef {"fixture" | "api"} IdType `fixture_id` of V3_Fixtures, or its `api_id`, which is API-Football's
 *
 * @typedef {object} IdKind how the service is asked for ids of a type, and where its answers name them
 * @property {"fixture_id" | "api_id"} one
 * @property {"fixture_ids" | "api_ids"} many
 * @property {(answer: Record<string, unknown>) => unknown} of
 */

/** @type {Readonly<Record<IdType, IdKind>>} */
const KINDS = Object.freeze({
  fixture: { one: "fixture_id", many: "fixture_ids", of: (answer) => answer.fixture_id },
  api: { one: "api_id", many: "api_ids", of: (answer) => (isObject(answer.match) ? answer.match.api_id : undefined) },
});

/**
 * @param {unknown} options of a call
 * @returns {IdKind | null} null, and a line in the log, where they name a type that there is not
 */
export function idKindOf(options) {
  const idType = idTypeOf(options) ?? "fixture";
  if (idType === "fixture" || idType === "api") return KINDS[idType];
  serviceOrNull()?.sayOnce("idType", `${inWords(idType)} is no idType: wanted "fixture" or "api"; there is no prediction`);
  return null;
}

/** @param {unknown} options */
function idTypeOf(options) {
  try {
    return /** @type {{ idType?: unknown } | null | undefined} */ (options)?.idType;
  } catch (error) {
    return error;
  }
}

/**
 * The number that an id stands for.
 * @param {unknown} id
 * @returns {number | null} null, and a line in the log, where no fixture can have that id: the service may refuse a whole list for it
 */
export function toId(id) {
  const number = typeof id === "string" && /^\d+$/.test(id) ? Number(id) : id;
  if (Number.isSafeInteger(number) && Number(number) > 0) return Number(number);
  serviceOrNull()?.sayOnce("id", `no fixture can have ${inWords(id)} as its id: wanted a positive integer or its digits`);
  return null;
}

/**
 * Logs the service's hint where an id that is not there is one of the other type.
 * @param {unknown} hint
 * @param {number} id
 */
export function noteOtherType(hint, id) {
  if (typeof hint === "string" && hint.startsWith(`${id} is `)) serviceOrNull()?.sayOnce("other type", hint);
}

/** @param {unknown} value of any kind, even one that throws when it is looked at */
function inWords(value) {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 50));
  if (typeof value === "function" || (typeof value === "object" && value !== null)) return typeof value;
  return String(value);
}
