/**
 * A seeded source of chance (sfc32; Doty-Humphrey, PractRand): the same name gives the same numbers on every machine.
 */
export class Random {
  /** @param {string} name of the stream */
  constructor(name) {
    this.state = Uint32Array.from([0, 1, 2], (salt) => hash(`${salt}|${name}`));
    this.counter = 1;
    for (let i = 0; i < 12; i += 1) this.uint32();
  }

  /** @returns {number} 0 .. 2^32 - 1 */
  uint32() {
    const [a, b, c] = this.state;
    const sum = (a + b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.state[0] = b ^ (b >>> 9);
    this.state[1] = (c + (c << 3)) | 0;
    this.state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** @returns {number} uniform in [0, 1) */
  uniform() {
    return this.uint32() / 2 ** 32;
  }

  /**
   * @param {number} probability
   * @returns {boolean}
   */
  chance(probability) {
    return this.uniform() < probability;
  }

  /**
   * @param {number} below
   * @returns {number} whole, 0 .. below - 1
   */
  integer(below) {
    return Math.floor(this.uniform() * below);
  }

  /**
   * Normal law, by Box and Muller (1958).
   * @param {number} mean
   * @param {number} deviation
   * @returns {number}
   */
  normal(mean, deviation) {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /**
   * Poisson law, by Knuth's product of uniforms; for small means.
   * @param {number} mean
   * @returns {number}
   */
  poisson(mean) {
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.uniform(); product > limit; product *= this.uniform()) count += 1;
    return count;
  }

  /**
   * @param {number} trials
   * @param {number} probability
   * @returns {number} successes
   */
  binomial(trials, probability) {
    let count = 0;
    for (let i = 0; i < trials; i += 1) count += this.chance(probability) ? 1 : 0;
    return count;
  }

  /**
   * @template T
   * @param {readonly T[]} items
   * @returns {T[]} the items in random order
   */
  shuffled(items) {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i -= 1) {
      const j = this.integer(i + 1);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }
}

/**
 * FNV-1a (Fowler, Noll, Vo).
 * @param {string} text
 * @returns {number}
 */
function hash(text) {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ /** @type {number} */ (letter.codePointAt(0)), 0x01000193);
  return value >>> 0;
}
