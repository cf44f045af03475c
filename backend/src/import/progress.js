const BAR_WIDTH = 30;
const PLAIN_STEP = 0.1;

/**
 * Shows how far a long job is: a bar on a terminal, a line every tenth elsewhere.
 * @param {NodeJS.WriteStream} stream
 * @param {number} total units of work
 * @returns {{ show: (done: number, label: string) => void, end: () => void }}
 */
export function progressOn(stream, total) {
  return stream.isTTY ? barOn(stream, total) : linesOn(stream, total);
}

/**
 * @param {NodeJS.WriteStream} stream
 * @param {number} total
 */
function barOn(stream, total) {
  const show = (/** @type {number} */ done, /** @type {string} */ label) => {
    const filled = Math.round((done / total) * BAR_WIDTH);
    const percent = `${Math.floor((done / total) * 100)}%`.padStart(4);
    const line = `[${"#".repeat(filled)}${" ".repeat(BAR_WIDTH - filled)}]${percent}  ${label}`;
    stream.write(`\r\u001b[K${line.slice(0, (stream.columns || 80) - 1)}`);
  };
  return { show, end: () => void stream.write("\r\u001b[K") };
}

/**
 * @param {NodeJS.WriteStream} stream
 * @param {number} total
 */
function linesOn(stream, total) {
  let next = PLAIN_STEP;
  const show = (/** @type {number} */ done, /** @type {string} */ label) => {
    if (done / total < next) return;
    stream.write(`${Math.floor((done / total) * 100)}%  ${label}\n`);
    next = Math.floor(done / total / PLAIN_STEP + 1) * PLAIN_STEP;
  };
  return { show, end: () => {} };
}
