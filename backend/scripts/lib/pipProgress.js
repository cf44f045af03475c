/** How far a pip is, by what it says. */
export class PipProgress {
  #packages = 0;
  #report;

  /** Whether pip has begun to write into the environment: what it looked at before leaves no trace. */
  isWriting = false;

  /** @param {(text: string) => void} report */
  constructor(report) {
    this.#report = report;
  }

  /** @param {string} said a line of pip's */
  read(said) {
    const collected = /^Collecting (\S+)/.exec(said);
    const action = /^\s*(Downloading \S+ \([^)]*\)|Building \S+.*|Installing collected packages)/.exec(said);
    if (collected) this.#report(`package ${++this.#packages}: ${collected[1]}`);
    else if (action) this.#report(`package ${this.#packages}: ${action[1]}`);
    this.isWriting ||= action?.[1].startsWith("Installing") ?? false;
  }
}
