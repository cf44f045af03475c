const SHOW_EVERY_MS = 5000;

/** A line that is written over on a terminal, and now and then written anew elsewhere. */
export class ProgressLine {
  #shownAt = 0;
  #text = "";
  #isOpen = false;

  /** @param {string} text */
  show(text) {
    this.#text = text;
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

  /**
   * Says something that stays, above the line.
   * @param {string} text
   */
  say(text) {
    const wasOpen = this.#isOpen;
    this.clear();
    console.log(text);
    if (wasOpen) this.show(this.#text);
  }
}

/** @typedef {(text: string) => void} Say */

/** Steps of which some run at the same time: one line for how far all of them are, one that stays for each at its end. */
export class Steps {
  #line = new ProgressLine();
  /** @type {Map<string, string>} */
  #running = new Map();

  /**
   * Runs a step and shows what came of it and how long it took.
   * @template T
   * @param {string} title
   * @param {(report: Say, say: Say) => Promise<T>} task `report` says how far it is, `say` what is to be read later too
   * @param {(result: T) => string} describe
   * @returns {Promise<T>}
   */
  async run(title, task, describe) {
    const startedAt = Date.now();
    this.#report(title, "");
    try {
      const result = await task(
        (text) => this.#report(title, text),
        (text) => this.#line.say(text.replaceAll(/^/gm, "      ")),
      );
      this.#end(title, `${describe(result)} (${seconds(Date.now() - startedAt)})`);
      return result;
    } catch (error) {
      this.#end(title, `not done (${seconds(Date.now() - startedAt)})`);
      throw error;
    }
  }

  /**
   * @param {string} title
   * @param {string} text
   */
  #report(title, text) {
    this.#running.set(title, text);
    const texts = [...this.#running].map(([name, so]) => (so ? `${name}: ${so}` : name));
    this.#line.show(`${texts.join(" | ")} ...`);
  }

  /**
   * @param {string} title
   * @param {string} text
   */
  #end(title, text) {
    this.#running.delete(title);
    if (this.#running.size === 0) this.#line.clear();
    this.#line.say(`${title}: ${text}`);
  }
}

/**
 * Waits for all, also for those that go on after one has failed: what they do need not be done again.
 * @template T
 * @param {Promise<T>[]} tasks
 * @returns {Promise<T[]>}
 * @throws what the first of them in the order given threw
 */
export async function everyOne(tasks) {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
