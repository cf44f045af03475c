import { BOOKMAKERS } from "./prices.js";

/** @typedef {{ name: string, index: number }} Column */

/**
 * Columns that a file has once, the site's own name first. Spelling is compared without case, spaces, `_`, `-` and `.`.
 */
const SINGLE = /** @type {const} */ ({
  division: ["Div", "Division", "DivisionCode", "DivCode", "LeagueCode"],
  country: ["Country", "Nation"],
  league: ["League", "LeagueName", "Competition", "Tournament"],
  season: ["Season", "SeasonCode", "SeasonYear"],
  date: ["Date", "MatchDate", "GameDate", "DateTime", "MatchDateTime", "KickOffDate"],
  time: ["Time", "MatchTime", "KickOff", "KickOffTime", "KO"],
  result: ["FTR", "Res", "Result", "FTResult", "FullTimeResult", "FinalResult", "Outcome"],
  score: ["Score", "FTScore", "FullTimeScore", "FinalScore", "FT"],
  halfResult: ["HTR", "HTResult", "HalfTimeResult"],
});

/**
 * Columns of both sides. A pair counts only where both are there: `HT` beside `AT` are the teams of Greek files, alone it is a
 * half-time score.
 */
const PAIRS = /** @type {const} */ ({
  team: [
    ["HomeTeam", "AwayTeam"],
    ["Home", "Away"],
    ["HT", "AT"],
    ["HomeTeamName", "AwayTeamName"],
    ["HomeClub", "AwayClub"],
    ["TeamHome", "TeamAway"],
    ["HomeSide", "AwaySide"],
    ["Team1", "Team2"],
  ],
  goals: [
    ["FTHG", "FTAG"],
    ["HG", "AG"],
    ["HomeGoals", "AwayGoals"],
    ["HomeGoal", "AwayGoal"],
    ["HGoals", "AGoals"],
    ["FTHome", "FTAway"],
    ["FTHGoals", "FTAGoals"],
    ["FTHomeGoals", "FTAwayGoals"],
    ["HomeFTGoals", "AwayFTGoals"],
    ["HomeGoalsFT", "AwayGoalsFT"],
    ["FullTimeHomeGoals", "FullTimeAwayGoals"],
    ["FullTimeHomeTeamGoals", "FullTimeAwayTeamGoals"],
    ["HomeTeamGoals", "AwayTeamGoals"],
    ["HomeTeamGoal", "AwayTeamGoal"],
    ["HomeScore", "AwayScore"],
    ["HomeTeamScore", "AwayTeamScore"],
    ["GoalsHome", "GoalsAway"],
    ["ScoreHome", "ScoreAway"],
    ["GH", "GA"],
  ],
  half: [
    ["HTHG", "HTAG"],
    ["HTHome", "HTAway"],
    ["HTHomeGoals", "HTAwayGoals"],
    ["HomeHTGoals", "AwayHTGoals"],
    ["HomeGoalsHT", "AwayGoalsHT"],
    ["HalfTimeHomeGoals", "HalfTimeAwayGoals"],
    ["HalfTimeHomeTeamGoals", "HalfTimeAwayTeamGoals"],
  ],
  xg: [
    ["HxG", "AxG"],
    ["HomeXG", "AwayXG"],
    ["xGHome", "xGAway"],
    ["HomeExpectedGoals", "AwayExpectedGoals"],
  ],
  shots_total: [
    ["HS", "AS"],
    ["HomeShots", "AwayShots"],
    ["HomeTeamShots", "AwayTeamShots"],
  ],
  shots_on_goal: [
    ["HST", "AST"],
    ["HomeTarget", "AwayTarget"],
    ["HomeShotsOnTarget", "AwayShotsOnTarget"],
    ["HomeTeamShotsOnTarget", "AwayTeamShotsOnTarget"],
  ],
  fouls: [
    ["HF", "AF"],
    ["HomeFouls", "AwayFouls"],
  ],
  corner_kicks: [
    ["HC", "AC"],
    ["HomeCorners", "AwayCorners"],
  ],
  yellow_cards: [
    ["HY", "AY"],
    ["HomeYellow", "AwayYellow"],
    ["HomeYellowCards", "AwayYellowCards"],
  ],
  red_cards: [
    ["HR", "AR"],
    ["HomeRed", "AwayRed"],
    ["HomeRedCards", "AwayRedCards"],
  ],
});

/** @typedef {keyof typeof SINGLE} SingleField */
/** @typedef {keyof typeof PAIRS} PairField */
/** @typedef {{ [field in SingleField]: Column[] } & { [field in PairField]: { home: Column[], away: Column[] } }} Fields where each value may stand, the first that holds anything counts */

/** @param {string} name */
const plain = (name) => name.toLowerCase().replace(/[\s_.-]+/g, "");

const PREFIXES = new Set(BOOKMAKERS.flatMap(([, prefixes]) => prefixes));

/**
 * Column names as the site writes them, where another program or a slip changed them: R writes `B365>2.5`, `B365<2.5` as `B365.2.5`,
 * `B365.2.5.1` and `1XBH` as `X1XBH`; a header of 2000-01 has `LB,LB,LB` for `LBH,LBD,LBA`.
 * @param {string[]} names
 * @returns {string[]}
 */
function original(names) {
  return names.map((name, index) => {
    const [, prefix, line, again] = /^(\w+)\.(\d+\.[27]?5)(\.1)?$/.exec(name) ?? [];
    if (prefix !== undefined) return `${prefix}${again ? "<" : ">"}${line}`;
    if (/^X\d/.test(name)) return name.slice(1);
    const first = PREFIXES.has(name)
      ? [index, index - 1, index - 2].find((i) => names.slice(i, i + 3).join() === [name, name, name].join())
      : undefined;
    return first === undefined ? name : name + "HDA"[index - first];
  });
}

/** A file's first line: where each column is. A name that comes again names more than one. */
export class Header {
  /** @param {string[]} names */
  constructor(names) {
    this.names = original(names);
    /** @type {Map<string, Column[]>} */
    this.exact = new Map();
    /** @type {Map<string, Column[]>} */
    this.plain = new Map();
    this.names.forEach((name, index) => {
      if (name === "") return;
      this.exact.set(name, [...(this.exact.get(name) ?? []), { name, index }]);
      this.plain.set(plain(name), [...(this.plain.get(plain(name)) ?? []), { name, index }]);
    });
  }

  /**
   * @param {string} name
   * @returns {Column[]} in order, none where the file has no such column
   */
  columns(name) {
    return this.exact.get(name) ?? this.plain.get(plain(name)) ?? [];
  }

  /** @returns {Fields} */
  fields() {
    const single = Object.entries(SINGLE).map(([field, names]) => [field, names.flatMap((name) => this.columns(name))]);
    const pairs = Object.entries(PAIRS).map(([field, names]) => {
      const whole = names.filter(([home, away]) => this.columns(home).length > 0 && this.columns(away).length > 0);
      return [field, { home: whole.flatMap(([home]) => this.columns(home)), away: whole.flatMap(([, away]) => this.columns(away)) }];
    });
    return Object.fromEntries([...single, ...pairs]);
  }
}
