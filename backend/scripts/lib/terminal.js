const SHOW_EVERY_MS = 5000;

/** A line that is written over on a terminal, and now and then written anew elsewhere. */
export class ProgressLine {
  #shownAt = 0;
  #isOpen = false;

  /** @param {string} text */
  show(text) {
    if (process.stdout.isTTY) {
      process.stdout.write(`\r\x1b[2K      ${text.slice(0, (process.stdout.columns || 80) - 8)}`);
      this.#isOpen = true;
    } else if (Date.now() - this.#shownAt >= SHOW_EVERY_MS) {
      this.#shownAt = Date.now();
      console.log(`      ${text}`);
    }
  }

  clear() {
    if (this.#isOpen) process.stdout.write("\r\x1b[2K");
    this.#isOpen = false;
  }
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
