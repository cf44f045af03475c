import { ProgressLine } from "./terminal.js";

/** Shows how far a pip is, by what it says. */
export class PipProgress {
  #line = new ProgressLine();
  #packages = 0;

  /** Whether pip has begun to write into the environment: what it looked at before leaves no trace. */
  isWriting = false;

  /** @param {string} said a line of pip's */
  read(said) {
    const collected = /^Collecting (\S+)/.exec(said);
    const action = /^\s*(Downloading \S+ \([^)]*\)|Building \S+.*|Installing collected packages)/.exec(said);
    if (collected) this.#line.show(`package ${++this.#packages}: ${collected[1]}`);
    else if (action) this.#line.show(`package ${this.#packages}: ${action[1]}`);
    this.isWriting ||= action?.[1].startsWith("Installing") ?? false;
  }

  clear() {
    this.#line.clear();
  }
}
