/** Letters that Unicode does not take apart into a plain one and an accent. */
const UNDIVIDED = new Map(Object.entries({ ø: "o", ł: "l", đ: "d", ı: "i", ß: "ss", æ: "ae", œ: "oe" }));

/**
 * A name as it is compared: lower case, without accents and punctuation, single spaces.
 * @param {string} name
 * @returns {string}
 */
export function plainName(name) {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[øłđıßæœ]/g, (letter) => UNDIVIDED.get(letter) ?? letter)
    .replaceAll("&", " and ")
    .replace(/['’`.]/g, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** By name: one new name is compared to all that are known. @type {Map<string, Set<string>>} */
const BIGRAMS = new Map();

/**
 * @param {string} name
 * @returns {Set<string>} pairs of letters of the plain name
 */
function bigrams(name) {
  let pairs = BIGRAMS.get(name);
  if (pairs === undefined) {
    const padded = ` ${plainName(name)} `;
    pairs = new Set(Array.from({ length: padded.length - 1 }, (_, i) => padded.slice(i, i + 2)));
    BIGRAMS.set(name, pairs);
  }
  return pairs;
}

/**
 * Likeness of two names by their pairs of letters (Dice, 1945).
 * @param {string} a
 * @param {string} b
 * @returns {number} 0 .. 1
 */
export function likeness(a, b) {
  const [ours, theirs] = [bigrams(a), bigrams(b)];
  const common = [...ours].filter((pair) => theirs.has(pair)).length;
  return (2 * common) / (ours.size + theirs.size);
}
