import { groupBy } from "./pairing.js";

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

/** Of one kind in one file so many are listed, and of so many files. */
const LISTED_LINES = 5;
const LISTED_FILES = 10;

/** @param {Note} note */
const kindOf = ({ kind, reason }) => kind ?? reason;

/** @param {Note} note */
const lineOf = ({ file, line, reason }) => `  ${file}${line === null ? "" : `:${line}`}  ${reason}`;

/**
 * @param {Note[]} same of one kind in one file
 * @returns {string[]} what is said after the last one listed
 */
function restOfFile(same) {
  const rest = same.slice(LISTED_LINES);
  return rest.length === 0
    ? []
    : [`  ${rest[0].file}  and ${number.format(rest.length)} more, lines ${rest[0].line} to ${rest[rest.length - 1].line}`];
}

/**
 * @param {Note[][]} files notes of one kind by file
 * @returns {string} what is said in place of those beyond the files listed
 */
function restOfFiles(files) {
  const rest = files.slice(LISTED_FILES);
  return `  and ${number.format(rest.flat().length)} more in ${counted(rest.length, "other file")}, such as${lineOf(rest[0][0])}`;
}

/**
 * @param {string} title
 * @param {Note[]} notes
 * @returns {string[]} the first few of each kind, in order
 */
function listed(title, notes) {
  if (notes.length === 0) return [];
  /** @type {Map<Note, string[]>} */
  const lines = new Map();
  for (const kind of groupBy(notes, kindOf).values()) {
    const files = [...groupBy(kind, ({ file }) => file).values()];
    for (const same of files.slice(0, LISTED_FILES)) {
      const shown = same.slice(0, LISTED_LINES);
      for (const note of shown) lines.set(note, [lineOf(note)]);
      lines.get(shown[shown.length - 1])?.push(...restOfFile(same));
    }
    if (files.length > LISTED_FILES) lines.set(files[LISTED_FILES][0], [restOfFiles(files)]);
  }
  return [`${title}:`, ...notes.flatMap((note) => lines.get(note) ?? [])];
}

/**
 * @param {Map<string, number>} owners number of files by whose prices they are
 * @returns {string[]}
 */
function describeUnread(owners) {
  if (owners.size === 0) return [];
  const parts = [...owners].map(([owner, files]) => `${owner} (${counted(files, "file")})`);
  return [`prices that are not read: ${parts.join(", ")}`];
}

/**
 * @param {import("./mend.js").Mended} mended
 * @returns {string[]}
 */
function describeMended({ leagues, teams, seasons, fixtures, statuses, prices }) {
  const parts = [
    [leagues, "league name"],
    [teams, "club name"],
    [seasons, "season of a fixture"],
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
export function describe({ files, counts, mended, leagues, broken, refused, leftOut, remarks, unreadPrices, interrupted }, seconds) {
  const lines = [
    `${counted(files, "file")}, ${counted(counts.read, "row")} read in ${seconds.toFixed(1)} s`,
    `matches: ${number.format(counts.inserted)} new, ${number.format(counts.updated)} updated, ${number.format(counts.unchanged)} unchanged, ${number.format(refused.length)} refused`,
    `also new: ${counted(counts.leagues, "league")}, ${counted(counts.teams, "team")}, ${counted(counts.prices, "set")} of prices`,
    ...describeMended(mended),
    ...(leagues.length === 0 ? [] : ["leagues to look at:", ...leagues.map((line) => `  ${line}`)]),
    ...listed("files left out whole", broken),
    ...listed("rows refused", refused),
    ...listed("values left out of rows that were taken", leftOut),
    ...listed("remarks", remarks),
    ...describeUnread(unreadPrices),
  ];
  if (interrupted) lines.push("interrupted: the files above are in, the others are not; run it again to go on");
  return `${lines.join("\n")}\n`;
}
