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
