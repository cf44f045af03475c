import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../src/import/text.js";
import { divisionOfPath } from "../src/import/division.js";
import { readFile } from "../src/import/file.js";
import { Importing } from "./dbScripts.js";

const HEADER = "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR";
const ROW = "E0,12/08/2023,Alpha,Beta,1,0,H";
const FINISHED = [["2023-08-12", "Alpha", "Beta", "FT", 1, 0]];
const LEAGUES = "SELECT c.name, l.name FROM V3_Leagues l JOIN V3_Countries c USING (country_id)";

/**
 * @param {import("node:test").TestContext} t
 * @param {string | Buffer | string[]} content
 * @param {string} name
 */
async function imported(t, content, name = "E0.csv") {
  const importing = new Importing(t);
  const ran = await importing.import(name, content);
  return { ...ran, fixtures: importing.fixtures(), leagues: importing.rows(LEAGUES), importing };
}

const SPREADSHEETS = /** @type {[string, string | Buffer][]} */ ([
  ["semicolons", `${HEADER}\n${ROW}\n`.replaceAll(",", ";")],
  ["tabs", `${HEADER}\n${ROW}\n`.replaceAll(",", "\t")],
  ["bars", `${HEADER}\n${ROW}\n`.replaceAll(",", "|")],
  ["R's spaces and row numbers", `${HEADER}\n1,${ROW}\n`.replaceAll(",", " ")],
  ["R's quotes and row names", `"","Div","Date","HomeTeam","AwayTeam","FTHG","FTAG","FTR"\n"1","E0","12/08/2023","Alpha","Beta",1,0,"H"\n`],
  ["row numbers that the header does not name", `${HEADER}\n1,${ROW}\n`],
  ["pandas' index", `,${HEADER}\n0,${ROW}\n`],
  ["Excel's line that names the delimiter", `sep=;\r\n${HEADER}\r\n${ROW}\r\n`.replaceAll(",", ";")],
  ["a line in one quoted cell", `"${HEADER}"\n"${ROW}"\n`],
  ["empty columns at the end", `${HEADER},,,\n${ROW},,,\n`],
  ["a title above the header", `Premier League 2023-24\n\n${HEADER}\n${ROW}\n`],
  ["UTF-16 with a mark", Buffer.from(`\ufeff${HEADER}\r\n${ROW}\r\n`, "utf16le")],
  ["UTF-16 without a mark", Buffer.from(`${HEADER}\n${ROW}\n`, "utf16le")],
  ["UTF-16 of the other byte order", Buffer.from(`\ufeff${HEADER}\n${ROW}\n`, "utf16le").swap16()],
  ["Excel's Unicode text", Buffer.from(`\ufeff${HEADER}\r\n${ROW}\r\n`.replaceAll(",", "\t"), "utf16le")],
  ["a last line that does not end", `${HEADER}\n${ROW}`],
  ["old Macintosh line ends", `${HEADER}\r${ROW}\r`],
  ["names of columns in small letters", `${HEADER.toLowerCase()}\n${ROW}\n`],
  ["names of columns with spaces", `Div,Date,Home Team,Away Team,FT HG,FT AG,FTR\n${ROW}\n`],
  ["numbers of pandas", `${HEADER}\n${ROW.replace(",1,0,", ",1.0,0.0,")}\n`],
]);

for (const [form, content] of SPREADSHEETS) {
  test(`a file with ${form} is read`, async (t) => assert.deepEqual((await imported(t, content)).fixtures, FINISHED));
}

test("Windows-1252 and a byte order mark before latin-1 are read", () => {
  assert.equal(decode(Buffer.from("K\u00f6ln \u0093x\u0094", "latin1")), "Köln “x”");
  assert.equal(decode(Buffer.from("\u00ef\u00bb\u00bfK\u00f6ln", "latin1")), "Köln");
});

test("decimal commas are read as they are meant", async (t) => {
  const { importing } = await imported(t, [
    "Country;League;Season;Date;Time;Home;Away;HG;AG;Res;AvgCH;AvgCD;AvgCA",
    "Sweden;Allsvenskan;2025;20.07.2025;13:00;Alpha;Beta;2;0;H;2,27;3,2;3,4",
  ]);
  assert.deepEqual(importing.rows("SELECT value_home_over, value_draw, value_away_under FROM V3_Odds"), [[2.27, 3.2, 3.4]]);
  assert.deepEqual(importing.fixtures(), [["2025-07-20", "Alpha", "Beta", "FT", 2, 0]]);
});

test("decimal commas in quotes are read as well", async (t) => {
  const { importing } = await imported(t, [`${HEADER},AvgH,AvgD,AvgA`, `${ROW},"2,27","3,2","3,4"`]);
  assert.deepEqual(importing.rows("SELECT value_home_over FROM V3_Odds"), [[2.27]]);
});

test("decimal commas between commas are refused whole, since nobody can tell them apart", async (t) => {
  const { code, stdout } = await imported(t, [
    `${HEADER},B365H,B365D,B365A`,
    `${ROW},2,27,3,2,3,4`,
    `${ROW.replace("12/", "13/")},1,5,4,2,6,1`,
  ]);
  assert.equal(code, 1);
  assert.match(stdout, /has commas both between its columns and in its numbers; save it with semicolons or decimal points/);
});

test("rows longer than the header are read", async (t) => {
  const { fixtures } = await imported(t, [`${HEADER},B365H,B365D,B365A`, `${ROW},1.5,4,6,2.1,3.4`]);
  assert.deepEqual(fixtures, FINISHED);
});

const HEADERS = /** @type {[string, string][]} */ ([
  ["Greek files of 2000 to 2005", "Div,Date,HT,AT,FTHG,FTAG,FTR"],
  ["the extra leagues in a main file", "Div,Date,Home,Away,HG,AG,Res"],
  ["goals in words", "Div,Date,HomeTeam,AwayTeam,HomeGoals,AwayGoals,Result"],
  ["names with underscores", "div,match_date,home_team,away_team,home_goals,away_goals,result"],
  ["another collection", "Division,MatchDate,HomeTeam,AwayTeam,FTHome,FTAway,FTResult"],
  ["scores", "Div,Date,HomeTeam,AwayTeam,HomeScore,AwayScore,FTR"],
]);

for (const [origin, header] of HEADERS) {
  test(`columns named as in ${origin} are read`, async (t) => assert.deepEqual((await imported(t, [header, ROW])).fixtures, FINISHED));
}

test("a Greek file of 2000 has its half-time score", async (t) => {
  const { importing } = await imported(t, ["Div,Date,HT,AT,FTHG,FTAG,FTR,HTHG,HTAG,HTR", "G1,16/09/00,Alpha,Beta,6,0,H,2,0,H"], "G1.csv");
  assert.deepEqual(importing.rows("SELECT score_halftime_home, score_halftime_away FROM V3_Fixtures"), [[2, 0]]);
});

test("a score in one cell is read", async (t) => {
  assert.deepEqual((await imported(t, ["Div,Date,HomeTeam,AwayTeam,Score", "E0,12/08/2023,Alpha,Beta,1-0"])).fixtures, FINISHED);
  assert.deepEqual((await imported(t, ["Div,Date,HomeTeam,AwayTeam,Result", "E0,12/08/2023,Alpha,Beta,1:0"])).fixtures, FINISHED);
});

for (const header of [
  "Div,Date,HomeTeam,AwayTeam,Tore1,Tore2,Result",
  "Div,Date,HomeTeam,AwayTeam,FTHG,Guests,FTR",
  "Div,Date,HomeTeam,AwayTeam,A,B,HTR",
]) {
  test(`results without a known column of goals are left out whole: ${header}`, async (t) => {
    const { code, stdout } = await imported(t, [header, ROW]);
    assert.equal(code, 1);
    assert.match(stdout, /has no column of goals \(FTHG and FTAG, or HG and AG\) beside/);
  });
}

test("a match that is over and has no result is named, once with a count", async (t) => {
  const rows = ["Alpha", "Beta", "Gamma", "Delta", "Eta", "Zeta", "Theta"].map((home, i) => `E0,${12 + i}/08/2023,${home},Iota,1,0`);
  const { stdout } = await imported(t, ["Div,Date,HomeTeam,AwayTeam,Goals A,Goals B", ...rows]);
  assert.match(stdout, /E0\.csv:2  Alpha v Iota of 2023-08-12 is over but has no result/);
  assert.match(stdout, /E0\.csv  and 2 more, lines 7 to 8/);
});

test("a half-time score alone on a day gone by is an abandoned match", async (t) => {
  const { fixtures, stdout } = await imported(t, [
    "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,HTR",
    "F2,05/12/2025,19:00,Alpha,Beta,,,,0,3,A",
  ]);
  assert.deepEqual(fixtures, [["2025-12-05", "Alpha", "Beta", "ABD", null, null]]);
  assert.match(stdout, /has a half-time score alone and counts as abandoned/);
});

test("a result without goals is refused", async (t) => {
  assert.match((await imported(t, [HEADER, "E0,12/08/2023,Alpha,Beta,,,H"])).stdout, /E0\.csv:2  a result of H without goals/);
});

const MISSING = ["NA", "nan", "NaN", "N/A", "#N/A", "-", "--", "–", "null", "NULL", "None", "?", "<NA>", "NaT", "\\N", "n/a", "."];

for (const mark of MISSING) {
  test(`${mark} says that there is no value`, async (t) => {
    const { fixtures, stdout } = await imported(t, [
      "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,HS,AS,AvgH,AvgD,AvgA",
      ["E0,13/08/2090,15:00,Alpha,Beta", ...Array.from({ length: 10 }, () => mark)].join(),
      Array.from({ length: 15 }, () => mark).join(),
    ]);
    assert.deepEqual(fixtures, [["2090-08-13", "Alpha", "Beta", "NS", null, null]]);
    assert.match(stdout, /0 refused/);
    assert.doesNotMatch(stdout, /left out/);
  });
}

test("country and league count, whatever the teams' columns are called", async (t) => {
  const { leagues } = await imported(
    t,
    ["Country,League,Season,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR", "Japan,J1 League,2024,23/02/2024,05:00,Alpha,Beta,2,0,H"],
    "JPN.csv",
  );
  assert.deepEqual(leagues, [["Japan", "J1 League"]]);
});

const DIVISIONS = /** @type {[string, string, unknown[][]][]} */ ([
  [
    "a code in the column League",
    "League,Date,HomeTeam,AwayTeam,FTHG,FTAG\nE0,12/08/2023,Alpha,Beta,1,0\n",
    [["England", "Premier League"]],
  ],
  ["a code in small letters", "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG\nsp1,12/08/2023,Alpha,Beta,1,0\n", [["Spain", "La Liga"]]],
  [
    "a division beside country and league",
    "Div,Country,League,Date,HomeTeam,AwayTeam,FTHG,FTAG\nJPN,Japan,J1 League,12/08/2023,Alpha,Beta,1,0\n",
    [["Japan", "J1 League"]],
  ],
]);

for (const [form, content, leagues] of DIVISIONS) {
  test(`${form} is understood`, async (t) => assert.deepEqual((await imported(t, content, "x.csv")).leagues, leagues));
}

test("a name of a league without its country is refused", async (t) => {
  const { stdout } = await imported(t, ["Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", "Premier League,12/08/2023,Alpha,Beta,1,0"], "x.csv");
  assert.match(stdout, /x\.csv:2  Premier League is no division such as E0, and the country is missing/);
});

const PATHS = /** @type {[string, string | null][]} */ ([
  ["E0.csv", "E0"],
  ["e0.csv", "E0"],
  ["E0_2324.csv", "E0"],
  ["2023-24_SP1.csv", "SP1"],
  ["sc0 (1).csv", "SC0"],
  ["E0/2023-24.csv", "E0"],
  ["D3.csv", "D3"],
  ["epl.csv", null],
  ["matches.csv", null],
  ["E0_vs_E1.csv", null],
]);

for (const [path, division] of PATHS) {
  test(`the name ${path} tells ${division ?? "no division"}`, () => assert.equal(divisionOfPath(path), division));
}

test("a file that names no division is left out in one line, and taken with --division", async (t) => {
  const importing = new Importing(t);
  const rows = ["Date,HomeTeam,AwayTeam,FTHG,FTAG", "12/08/2023,Alpha,Beta,1,0", "13/08/2023,Gamma,Delta,1,0"];
  const { code, stdout } = await importing.import("epl.csv", rows);
  assert.equal(code, 1);
  assert.equal(
    stdout.match(/epl\.csv  names no division: give it a column Div, a name such as E0_2324\.csv, or --division E0/g)?.length,
    1,
  );
  assert.equal(importing.importByScript("epl.csv", rows, "--division", "E0").code, 0);
  assert.deepEqual(importing.rows(LEAGUES), [["England", "Premier League"]]);
});

test("--division takes a code and nothing else", (t) => {
  const { code, stderr } = new Importing(t).importByScript("epl.csv", [HEADER], "--division", "Premier League");
  assert.equal(code, 2);
  assert.match(stderr, /--division Premier League is no division; give a code such as E0/);
});

test("one reason of many rows is listed for the first few, then with a count", async (t) => {
  const rows = Array.from({ length: 1445 }, (_, i) => `,12/08/2023,Home ${i},Away ${i},1,0,H`);
  const { stdout } = await imported(t, [HEADER, ...rows], "all.csv");
  assert.match(stdout, /1,445 refused/);
  assert.match(stdout, /all\.csv:6  the division is missing\n  .*all\.csv  and 1,440 more, lines 7 to 1446\n/);
  assert.equal(stdout.match(/the division is missing/g)?.length, 5);
});

test("reasons of one kind count together, whatever values they name", async (t) => {
  const rows = Array.from({ length: 30 }, (_, i) => `E0,no ${i},Alpha,Beta,1,0,H`);
  assert.match((await imported(t, [HEADER, ...rows])).stdout, /E0\.csv  and 25 more, lines 7 to 31/);
});

test("a reason that many files share names the first of them", (t) => {
  const importing = new Importing(t);
  for (let i = 10; i < 30; i += 1) importing.file(`files/${i}.csv`, [HEADER, "E0,never,Alpha,Beta,1,0,H"]);
  const { stdout } = importing.importFolder("files");
  assert.match(stdout, /files\/19\.csv:2  never is no date\n  and 10 more in 10 other files, such as {2}files\/20\.csv:2/);
});

test("of columns that come again the first that hold anything count, and the summary says so", async (t) => {
  const header = "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,B365H,B365D,B365A,B365H,B365D,B365A";
  const { importing, stdout } = await imported(t, [
    header,
    "E0,12/08/2023,Alpha,Beta,1,0,1.5,4,6,,,",
    "E0,13/08/2023,Gamma,Delta,1,0,,,,1.6,4,6",
    "E0,14/08/2023,Eta,Zeta,1,0,1.7,4,6,1.8,4,6",
  ]);
  assert.deepEqual(importing.rows("SELECT value_home_over FROM V3_Odds ORDER BY fixture_id").flat(), [1.5, 1.6, 1.7]);
  assert.match(stdout, /E0\.csv  has more than one column B365H, B365D, B365A; the first set of prices that holds anything counts/);
});

test("a header with LB,LB,LB means LBH,LBD,LBA", async (t) => {
  const { importing } = await imported(t, [`${HEADER},LB,LB,LB`, `${ROW},1.5,4,6`]);
  assert.deepEqual(importing.rows("SELECT bookmaker_id, value_home_over, value_draw, value_away_under FROM V3_Odds"), [[10, 1.5, 4, 6]]);
});

test("R's names of columns are read", async (t) => {
  const { importing } = await imported(t, [`${HEADER},B365.2.5,B365.2.5.1`, `${ROW},1.7,2.2`]);
  assert.deepEqual(importing.rows("SELECT market_id, value_home_over, value_away_under FROM V3_Odds"), [[5, 1.7, 2.2]]);
});

test("season files put one after the other are read, each by its own header", async (t) => {
  const { fixtures, importing } = await imported(t, [
    "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,BbAvH,BbAvD,BbAvA",
    "E0,11/08/2018,Alpha,Beta,1,0,1.5,4,6",
    "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,AvgH,AvgD,AvgA",
    "E0,10/08/2019,15:00,Alpha,Beta,2,1,1.6,4,6",
  ]);
  assert.deepEqual(
    fixtures.map(([day, , , , home, away]) => [day, home, away]),
    [
      ["2018-08-11", 1, 0],
      ["2019-08-10", 2, 1],
    ],
  );
  assert.deepEqual(importing.rows("SELECT value_home_over FROM V3_Odds ORDER BY id").flat(), [1.5, 1.6]);
});

test("where a table joins old and new names of one set, each row is read under the name that it fills", async (t) => {
  const { importing } = await imported(t, [
    "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,HG,AG,BbAvH,BbAvD,BbAvA,AvgH,AvgD,AvgA",
    "E0,11/08/2018,Alpha,Beta,,,1,0,1.5,4,6,,,",
    "E0,10/08/2019,Alpha,Beta,2,1,,,,,,1.6,4,6",
  ]);
  assert.deepEqual(importing.rows("SELECT value_home_over FROM V3_Odds ORDER BY id").flat(), [1.5, 1.6]);
});

const OTHERS = /** @type {[string, string | Buffer, RegExp][]} */ ([
  ["a web page", "<!DOCTYPE html>\n<html><body>Not found</body></html>\n", /is a web page, not a season file/],
  ["a web page after blank lines", "\n\n  <HTML><head></head></HTML>\n", /is a web page, not a season file/],
  ["a web page with a byte order mark", "\ufeff<html></html>", /is a web page, not a season file/],
  ["an Excel workbook", Buffer.from([0x50, 0x4b, 3, 4, 20, 0, 6, 0]), /is an Excel workbook or another archive; save it as CSV/],
  ["an old Excel workbook", Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]), /is an old Excel workbook; save it as CSV/],
  ["a gzip archive", Buffer.from([0x1f, 0x8b, 8, 0, 0]), /is packed with gzip; unpack it/],
  ["JSON", '[{"Div": "E0"}]', /is JSON, not a season file/],
  ["a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n", /is a pointer of Git LFS/],
]);

for (const [kind, content, reason] of OTHERS) {
  test(`${kind} is named as what it is`, async (t) => {
    const { code, stdout } = await imported(t, content);
    assert.equal(code, 1);
    assert.match(stdout, reason);
  });
}

const SEASONS = /** @type {[string, string, number][]} */ ([
  ["2324", "12/08/2023", 2023],
  ["2324", "12/05/2024", 2023],
  ["2023-24", "12/05/2024", 2023],
  ["2023/24", "12/05/2024", 2023],
  ["2023/2024", "12/05/2024", 2023],
  ["2023-2024", "12/05/2024", 2023],
  ["2023_24", "12/05/2024", 2023],
  ["2023–24", "12/05/2024", 2023],
  ["23/24", "12/05/2024", 2023],
  ["23-24", "12/05/2024", 2023],
  ["Season 2023/24", "12/05/2024", 2023],
  ["20232024", "12/05/2024", 2023],
  ["202324", "12/05/2024", 2023],
  ["2023", "12/08/2023", 2023],
  ["2023.0", "12/08/2023", 2023],
  ["9900", "12/05/2000", 1999],
  ["1920", "12/07/2020", 2019],
  ["2021", "12/09/2020", 2020],
  ["2021", "12/09/2021", 2021],
  ["2024", "12/08/2023", 2023],
  ["2024", "12/02/2024", 2023],
  ["1", "12/08/2023", 2023],
  ["1011", "12/08/2023", 2023],
]);

for (const [text, date, year] of SEASONS) {
  test(`a season ${text} with a match of ${date} began in ${year}`, async (t) => {
    const { importing } = await imported(t, ["Div,Season,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR", `E0,${text},${date},Alpha,Beta,1,0,H`]);
    assert.deepEqual(importing.rows("SELECT season_year FROM V3_Fixtures"), [[year]]);
  });
}

test("2021 is 2020-21 in a file whose other seasons are codes", (t) => {
  const importing = new Importing(t);
  const file = importing.file("E0.csv", [
    "Div,Season,Date,HomeTeam,AwayTeam,FTHG,FTAG",
    "E0,2021,12/02/2021,Alpha,Beta,1,0",
    "E0,2122,12/02/2022,Alpha,Beta,1,0",
  ]);
  const { matches } = readFile(file, { now: Date.now() });
  assert.deepEqual(
    matches.map(({ season }) => season),
    ["2020/2021", "2021/2022"],
  );
});

test("where a file gives the year of the date as season, the dates decide", async (t) => {
  const { importing } = await imported(t, [
    "Div,Season,Date,HomeTeam,AwayTeam,FTHG,FTAG",
    "E0,2024,12/02/2024,Alpha,Beta,1,0",
    "E0,2024,24/08/2024,Alpha,Gamma,1,0",
  ]);
  assert.deepEqual(importing.rows("SELECT season_year FROM V3_Fixtures ORDER BY date").flat(), [2023, 2024]);
});

test("a match that the database has the result of is not missing one", async (t) => {
  const importing = new Importing(t);
  await importing.import("E0.csv", [HEADER, ROW]);
  assert.doesNotMatch((await importing.import("fixtures.csv", [HEADER, "E0,12/08/2023,Alpha,Beta,,,"])).stdout, /no result/);
});

test("a season that is none of its matches' is named, and the dates decide", async (t) => {
  const { stdout } = await imported(t, ["Div,Season,Date,HomeTeam,AwayTeam,FTHG,FTAG", "E0,1998,12/08/2023,Alpha,Beta,1,0"]);
  assert.match(stdout, /E0\.csv:2  1998 is no season of its matches/);
});
