import { createHash } from "node:crypto";

const BYTES = 6;

/**
 * The id of something imported: negative, so that it never meets one of API-Football's, and made of its natural key, so that every
 * machine finds the same. 48 bits hold 225,000 fixtures with one chance in ten thousand of a collision; then the key is salted
 * until the id is free.
 * @param {string} key natural key
 * @param {(id: number) => boolean} isTaken whether something else has the id
 * @returns {number} -2^48 .. -1
 */
export function importedId(key, isTaken) {
  for (let salt = 0; ; salt += 1) {
    const digest = createHash("sha256")
      .update(salt === 0 ? key : `${key}#${salt}`)
      .digest();
    const id = -1 - digest.readUIntBE(0, BYTES);
    if (!isTaken(id)) return id;
  }
}
