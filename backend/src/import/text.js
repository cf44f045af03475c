import { ScriptError } from "../db/errors.js";

/** A file that is not what it should be as a whole; nothing of it is taken. */
export class BrokenFileError extends ScriptError {
  name = "BrokenFileError";
}

const NOT_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** What Windows-1252 has where latin-1 has control characters, 0x80 to 0x9f; some versions of Node decode the one as the other. */
const WINDOWS_MARKS = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

/** Other kinds of file by how they begin, read as latin-1; what they are, and what to do. */
const OTHER_KINDS = /** @type {const} */ ([
  [/^\s*</, "is a web page, not a season file: the site answers with one for a season that is not there (yet)"],
  [/^PK\u0003\u0004/, "is an Excel workbook or another archive; save it as CSV, or unpack it"],
  [/^\u00d0\u00cf\u0011\u00e0/, "is an old Excel workbook; save it as CSV"],
  [/^\u001f\u008b/, "is packed with gzip; unpack it"],
  [/^%PDF/, "is a PDF, not a season file"],
  [/^SQLite format 3/, "is a database, not a season file"],
  [/^version https:\/\/git-lfs/, "is a pointer of Git LFS, not the season file itself"],
  [/^\s*[[{]/, "is JSON, not a season file"],
]);

/**
 * The text of a file: UTF-8 or UTF-16 with or without a byte order mark, else Windows-1252, which holds latin-1. A byte order mark
 * of UTF-8 before latin-1 occurs.
 * @param {Buffer} bytes
 * @returns {string}
 * @throws {BrokenFileError} when the bytes are no text, or evidently another kind of file
 */
export function decode(bytes) {
  refuseOtherKinds(bytes.subarray(0, 512).toString("latin1"));
  const text = decodeBytes(bytes).replace(/^(\ufeff|ï»¿)+/, "");
  refuseOtherKinds(text.slice(0, 512));
  const match = NOT_TEXT.exec(text);
  if (match) throw new BrokenFileError(`line ${lineAt(text, match.index)} holds bytes that are not text`);
  return text;
}

/** @param {string} beginning */
function refuseOtherKinds(beginning) {
  const kind = OTHER_KINDS.find(([pattern]) => pattern.test(beginning));
  if (kind) throw new BrokenFileError(kind[1]);
}

/** @param {Buffer} bytes */
function decodeBytes(bytes) {
  const encoding = utf16Of(bytes);
  if (encoding) return new TextDecoder(encoding).decode(bytes);
  const body = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return body.toString("latin1").replace(/[\u0080-\u009f]/g, (mark) => WINDOWS_MARKS[mark.charCodeAt(0) - 0x80]);
  }
}

/**
 * @param {Buffer} bytes
 * @returns {"utf-16le" | "utf-16be" | null} by the mark, or by the zeros beside letters of ASCII
 */
function utf16Of(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const start = bytes.subarray(0, 64);
  const zeros = (/** @type {number} */ parity) => start.filter((byte, index) => index % 2 === parity && byte === 0).length;
  if (zeros(1) > start.length / 3 && zeros(0) === 0) return "utf-16le";
  return zeros(0) > start.length / 3 && zeros(1) === 0 ? "utf-16be" : null;
}

/**
 * @param {string} text
 * @param {number} index
 */
function lineAt(text, index) {
  return text.slice(0, index).split(/\r\n|\n|\r/).length;
}
