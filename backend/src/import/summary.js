/** @typedef {import("./importer.js").Summary} Summary */
/** @typedef {import("./importer.js").Note} Note */

const number = new Intl.NumberFormat("en-GB");

/**
 * @param {number} count
 * @param {string} noun
 */
function counted(count, noun) {
  return `${number.format(count)} ${noun}${count === 1 ? "" : /[hs]$/.test(noun) ? "es" : "s"}`;
}

/**
 * @param {string} title
 * @param {Note[]} notes
 * @returns {string[]}
 */
function listed(title, notes) {
  if (notes.length === 0) return [];
  return [`${title}:`, ...notes.map(({ file, line, reason }) => `  ${file}${line === null ? "" : `:${line}`}  ${reason}`)];
}

/**
 * @param {import("./mend.js").Mended} mended
 * @returns {string[]}
 */
function describeMended({ leagues, teams, fixtures, statuses, prices }) {
  const parts = [
    [leagues, "league name"],
    [teams, "club name"],
    [fixtures, "doubled fixture"],
    [statuses, "status"],
    [prices, "capture time"],
  ];
  const said = parts.filter(([count]) => Number(count) > 0).map(([count, noun]) => counted(Number(count), String(noun)));
  return said.length === 0 ? [] : [`mended of earlier imports: ${said.join(", ")}`];
}

/**
 * The report at the end of an import.
 * @param {Summary} summary
 * @param {number} seconds
 * @returns {string}
 */
export function describe({ files, counts, broken, refused, leftOut, remarks, mended, leagues, interrupted }, seconds) {
  const lines = [
    `${counted(files, "file")}, ${counted(counts.read, "row")} read in ${seconds.toFixed(1)} s`,
    `matches: ${number.format(counts.inserted)} new, ${number.format(counts.updated)} updated, ${number.format(counts.unchanged)} unchanged, ${number.format(refused.length)} refused`,
    `also new: ${counted(counts.leagues, "league")}, ${counted(counts.teams, "team")}, ${counted(counts.prices, "set")} of prices`,
    ...describeMended(mended),
    ...listed("files left out whole", broken),
    ...listed("rows refused", refused),
    ...listed("values left out of rows that were taken", leftOut),
    ...listed("how files are understood", remarks),
    ...(leagues.length === 0 ? [] : ["leagues to look at:", ...leagues.map((line) => `  ${line}`)]),
  ];
  if (interrupted) lines.push("interrupted: the files above are in, the others are not; run it again to go on");
  return `${lines.join("\n")}\n`;
}
