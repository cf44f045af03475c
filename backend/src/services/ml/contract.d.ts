// Written by `python -m docs.generate` in ml-service/ from the code there: edit that, not this.

/** The outcomes of every market. */
export interface Outcomes {
  "1x2": "home" | "draw" | "away";
  ou25: "over" | "under";
  btts: "yes" | "no";
}

export type Market = keyof Outcomes;

/** A training that has begun. */
export interface AcceptedAnswer {
  /** as it stands; `/health` follows it */
  job: JobAnswer;
}

/** Model and market on the same matches. */
export interface AgainstMarket {
  /** matches that have prices (at least 0, matches) */
  n: number;
  /** the model's mean log-loss over these matches (at least 0, nats) */
  log_loss_model: number;
  /** the market's, margin removed, over the same ones (at least 0, nats) */
  log_loss_market: number;
  /** model minus market; below zero the model is better (nats) */
  difference: number;
  /** 95% interval of the difference, UTC days resampled; null with fewer than 30 days (2 elements, nats) */
  ci95: [number, number] | null;
}

/** The same stakes on the same matches, bet otherwise. */
export interface Alternative {
  /** bets, as many as the model's (at least 0, bets) */
  count: number;
  /** winnings minus stakes (currency of the bankroll) */
  profit: number;
  /** profit / turnover; null without turnover (at least −1, per unit staked) */
  yield: number | null;
}

/** A backtest that has ended. */
export interface BacktestAnswer {
  /** the request, resolved */
  scope: Scope;
  /** the conclusion in a few sentences: read this first */
  verdict: string;
  /** the verdict in parts */
  evidence: Evidence;
  /** alarms, in sentences: results too good to be true */
  warnings: string[];
  /** each line, the lowest first; empty in a market without lines, absent with `1x2`, `ou25` and `btts` */
  by_line?: LineResult[];
  /** how many were evaluated, and why others were not */
  matches: MatchesEvaluated;
  /**
   * of the model, base rates, Elo alone and the market; `market` is over the matches that have prices, null without
   * any; base rates and Elo are null with `ah` and `ou<line>`
   */
  metrics: { [K in "model" | "base_rate" | "elo" | "market"]: ForecastScores | null };
  /** null where no match has prices */
  versus_market: VersusMarket | null;
  /** by outcome and bin of probability, 20 of equal width, empty ones left out */
  calibration: CalibrationBin[];
  /** one bet a market and match, the highest expected value */
  bets: BetsPlaced;
  /** the same stakes on the favourite, for comparison */
  favourite: Alternative;
  /** the same stakes on an outcome drawn at random: the exact expectation */
  random: Alternative;
  /** the bankroll over time */
  equity: EquityPoint[];
  /** each with a model of earlier days alone */
  periods: Period[];
  /** the league with most matches first */
  by_league: LeagueResult[];
  /** bets by their edge, empty classes left out */
  by_edge: ByEdge[];
  /** bets by the odds taken, empty classes left out */
  by_price: ByPrice[];
  /** `wins` and `losses`: the biggest of each, largest first */
  notable: { [K in "wins" | "losses"]: NotableBet[] };
  /** how long it took (at least 0, seconds) */
  seconds: number;
}

/** Which matches to evaluate and how to bet on them. Only `from` and `to` are required. */
export interface BacktestBody {
  /** first UTC day of kick-off to evaluate */
  from: string;
  /** last UTC day of kick-off to evaluate */
  to: string;
  /**
   * leagues to evaluate (`V3_Leagues.league_id`), all where null; fitting uses all (1 to 10,000 elements, each 1 to
   * 2⁶³ − 1)
   */
  league_ids?: number[] | null;
  /**
   * the market to bet on: `1x2`, `ou25`, `btts`, `ah` (Asian handicap on each match's main line), `dc` (double
   * chance), `ht_1x2` (half-time result), `ht_ft` (half-time/full-time) or `ou` and a line, such as `ou3.5`
   */
  market?: string;
  /** how often the model is refitted; `season` follows each league's own */
  refit?: "month" | "quarter" | "season";
  /** false evaluates the model without the match's prices */
  use_odds?: boolean;
  /**
   * whose prices are used: an id, `best` for the highest on each outcome, null for the order of the setting
   * `BOOKMAKERS` (−(2⁶³ − 1) to 2⁶³ − 1)
   */
  bookmaker_id?: number | "best" | null;
  /** smallest edge of a bet: model probability minus the market's, margin removed (0 to 1, probability) */
  min_edge?: number;
  /** how much a bet stakes */
  staking?: StakingBody;
}

/** The bets and what became of them. */
export interface BetsPlaced {
  /** bets placed (at least 0, bets) */
  count: number;
  /** bets won, wholly or by half (at least 0, bets) */
  won: number;
  /** bets whose stake was returned (at least 0, bets) */
  void: number;
  /** turnover: stakes without what was void or pushed (at least 0, currency of the bankroll) */
  staked: number;
  /** winnings minus stakes (currency of the bankroll) */
  profit: number;
  /** profit / turnover; null without turnover (at least −1, per unit staked) */
  yield: number | null;
  /** 95% interval of `yield`; null with fewer than 30 days (2 elements, each at least −1, per unit staked) */
  yield_ci95: [number, number] | null;
  /** the bankroll at the end (at least 0, currency of the bankroll) */
  ending_bankroll: number;
  /** ending bankroll / first bankroll - 1 (at least −1, fraction) */
  growth: number;
  /** largest loss from a peak of the bankroll (0 to 1, fraction) */
  max_drawdown: number;
  /** null where no price closed later */
  closing_line_value: ClosingLineValue | null;
  /** bets by `win`, `half_win`, `push`, `half_loss` and `loss`; only with further markets (at least 0, bets) */
  settled?: { [settlement: string]: number };
  /** when the bankroll was gone and betting stopped; null where it was not */
  ruined_on: string | null;
}

/** The probabilities of both teams scoring and of not both scoring; they sum to 1. */
export interface BothScore {
  /** probability of both teams scoring (0 to 1, probability) */
  yes: number;
  /** probability of at least one team not scoring (0 to 1, probability) */
  no: number;
}

/** Prices of both teams scoring and of not both scoring in 90 minutes. */
export interface BothScoreOdds {
  /** price of both teams scoring (above 1, decimal odds) */
  yes: number;
  /** price of at least one team not scoring (above 1, decimal odds) */
  no: number;
}

/** Bets of about the same edge. */
export interface ByEdge {
  /** smallest edge of the class (0 to 1, probability) */
  from: number;
  /** the edge at which the next class begins (0 to 1, probability) */
  to: number;
  /** bets of the class (at least 0, bets) */
  count: number;
  /** turnover: stakes without what was void or pushed (at least 0, currency of the bankroll) */
  staked: number;
  /** winnings minus stakes (currency of the bankroll) */
  profit: number;
  /** profit / turnover; null without turnover (at least −1, per unit staked) */
  yield: number | null;
  /** 95% interval of `yield`; null with fewer than 30 days (2 elements, each at least −1, per unit staked) */
  yield_ci95: [number, number] | null;
}

/** Bets at about the same price. */
export interface ByPrice {
  /** lowest price of the class (at least 1, decimal odds) */
  from: number;
  /** the price at which the next class begins; null for the last (above 1, decimal odds) */
  to: number | null;
  /** bets of the class (at least 0, bets) */
  count: number;
  /** turnover: stakes without what was void or pushed (at least 0, currency of the bankroll) */
  staked: number;
  /** winnings minus stakes (currency of the bankroll) */
  profit: number;
  /** profit / turnover; null without turnover (at least −1, per unit staked) */
  yield: number | null;
  /** 95% interval of `yield`; null with fewer than 30 days (2 elements, each at least −1, per unit staked) */
  yield_ci95: [number, number] | null;
}

/** Forecasts of about one probability, and how often the outcome happened. */
export interface CalibrationBin {
  /** lower end of the bin (0 to 1, probability) */
  from: number;
  /** upper end of the bin (0 to 1, probability) */
  to: number;
  /** the outcome forecast */
  outcome: string;
  /** forecasts in the bin (at least 0, matches) */
  n: number;
  /** mean probability forecast (0 to 1, probability) */
  predicted: number;
  /** how often the outcome happened (0 to 1, fraction) */
  observed: number;
  /** lower end of the band that holds a perfect forecast 95 times in 100 (0 to 1, fraction) */
  low: number;
  /** upper end of that band (0 to 1, fraction) */
  high: number;
}

/** How raw probabilities become served ones. */
export interface CalibrationCard {
  /** the method of lowest log-loss */
  method: "none" | "temperature" | "platt" | "isotonic";
  /** The matches that the calibration was chosen on. */
  chosen_on: ChosenOn;
}

/** A model card: one market and basis of a model. */
export interface Card {
  /** the model's inputs, in its order */
  features: string[];
  /** boosting rounds (at least 0, trees an outcome) */
  rounds: number;
  /** How raw probabilities become served ones. */
  calibration: CalibrationCard;
  /** How the evaluation fit did on matches later than any that it, its stopping or its calibration saw. */
  metrics: Metrics;
  /** every feature, the most important first; empty for the price itself, which has none */
  importance: Importance[];
  /** how far trees move the price: 0 where the forecast is the implied probability itself (0 to 1, share) */
  weight: number;
  /**
   * why there are no trees yet, or why they count in part, with how many matches there are and how many it takes;
   * null where they count in full
   */
  reason: string | null;
}

/** The matches that the calibration was chosen on. */
export interface ChosenOn {
  /** validation matches (at least 0, matches) */
  n: number;
  /** mean log-loss that each method gives (at least 0, nats) */
  log_loss: { [K in "none" | "temperature" | "platt" | "isotonic"]: number };
}

/** What the prices taken were worth at the close. */
export interface ClosingLineValue {
  /** bets whose price closed later than it was taken (at least 0, bets) */
  n: number;
  /**
   * stake-weighted mean of odds taken times closing probability without margin, minus 1 (at least −1, per unit
   * staked)
   */
  mean: number;
  /** 95% interval of the mean; null with fewer than 30 days (2 elements, each at least −1, per unit staked) */
  ci95: [number, number] | null;
}

/** What the model was fitted on. */
export interface Data {
  /** day of the first match fitted on */
  from: string;
  /** day of the last match fitted on */
  to: string;
  /** matches fitted on (at least 0, matches) */
  fixtures: number;
  /** leagues fitted on */
  league_ids: number[];
  /** the leagues that the request selects; null where it selects none */
  selected_league_ids: number[] | null;
  /** digest of these matches and their results, 16 hex digits */
  fingerprint: string;
}

/** Node's database as this service sees it. */
export interface DatabaseHealth {
  /** whether it can be read */
  status: "ok" | "missing" | "unreadable" | "invalid_schema";
  /** usable fixtures; null before the database is read (at least 0, matches) */
  fixtures: number | null;
  /** rows left out because they cannot be true; null until counted (at least 0, rows) */
  rejected_rows: number | null;
  /** the same rows, by what is wrong with them (at least 0, rows) */
  rejected_by_reason: { [reason: string]: number } | null;
  /** correct rows that the service has no use for, by reason (at least 0, rows) */
  unused_by_reason: { [reason: string]: number } | null;
  /** kick-off of the newest match with a result */
  latest_result: string | null;
  /** what is wrong and what to do; counts of rejected rows by reason; what Node's tables lack */
  detail: string | null;
}

/** Probabilities of two results of three; they sum to 2. */
export interface DoubleChance {
  /** of a home win or a draw (0 to 1, probability) */
  home_or_draw: number;
  /** of a home or an away win (0 to 1, probability) */
  home_or_away: number;
  /** of a draw or an away win (0 to 1, probability) */
  draw_or_away: number;
}

/** How far the coming matches lie from the training ones. */
export interface Drift {
  /** its name */
  feature: string;
  /** population stability index: below 0.1 little has changed, above 0.25 much (at least 0, nats) */
  psi: number;
}

/** The bankroll at the end of a day on which bets were settled. */
export interface EquityPoint {
  /** UTC day; the first point is the day before `from` */
  date: string;
  /** the bankroll at the end of the day (at least 0, currency of the bankroll) */
  bankroll: number;
  /** lost since the highest bankroll so far (0 to 1, fraction) */
  drawdown: number;
  /** lower end of the band that holds 95% of bettors without skill (currency of the bankroll) */
  no_skill_low: number;
  /** upper end of that band (currency of the bankroll) */
  no_skill_high: number;
}

/** What went wrong. */
export interface Error {
  /** stable, for programs */
  code: string;
  /** for people */
  message: string;
  /** what to do about it */
  hint: string | null;
  /** what is wrong, by request field; with `invalid_request` */
  fields: { [field: string]: string } | null;
  /** also in the `x-request-id` header and the log */
  request_id: string;
}

/** Every error has this form. */
export interface ErrorAnswer {
  /** What went wrong. */
  error: Error;
}

/** What the figures show. */
export interface Evidence {
  /** the conclusion in a sentence */
  headline: string;
  /** the model against the market; null without prices */
  market: Finding | null;
  /** the bets */
  profit: Finding;
  /** that the bankroll was lost, and when; null where it was not */
  ruin: string | null;
}

/** Mean 90-minute goals of each side. */
export interface ExpectedGoals {
  /** of the home side (at least 0, goals) */
  home: number;
  /** of the away side (at least 0, goals) */
  away: number;
}

/** One conclusion. */
export interface Finding {
  /** in words */
  sentence: string;
  /** whether its 95% interval holds zero; null where there is too little to tell */
  could_be_luck: boolean | null;
  /**
   * about how many it takes to show a difference of this size four times in five; null where that is unknown (at
   * least 0, matches or bets)
   */
  needed_to_know: number | null;
}

/** The first half, and both halves together. */
export interface FirstHalf {
  /** the result at half-time */
  "1x2": Winner;
  /** goals of the first half, lines 0.5 to 2.5 */
  totals: { [line: string]: contract__scores__OverUnder };
  /** the nine pairs of results, such as `draw/home`; they sum to 1 (0 to 1, probability) */
  half_time_full_time: { [pair: string]: number };
}

/** A fixture that could not be predicted. */
export interface FixtureError {
  /** the id in the request; null where that is an `api_id` */
  fixture_id: number | null;
  /** the id in the request; null where that is a `fixture_id` */
  api_id: number | null;
  /** why it could not be predicted */
  error: Error;
}

/** Mean scores of one forecaster. */
export interface ForecastScores {
  /** matches scored (at least 0, matches) */
  n: number;
  /** mean log-loss; lower is better (at least 0, nats) */
  log_loss: number;
  /** Brier score, summed over outcomes; lower is better (0 to 2, squared probability) */
  brier: number;
  /** ranked probability score, 0 to 1; null except for 1x2 (at least 0, squared probability) */
  rps: number | null;
  /** expected calibration error of the most likely outcome, 15 bins of equal width (0 to 1, probability) */
  ece: number;
  /** how often the most likely outcome happened (0 to 1, fraction) */
  accuracy: number;
  /** 95% interval of `log_loss`; null with fewer than 30 days (2 elements, nats) */
  log_loss_ci95: [number, number] | null;
}

/** One bookmaker's price of a further market, on one line. */
export interface FurtherMarketPrice {
  /**
   * `ah` (Asian handicap), `dc` (double chance), `ou` (totals but 2.5), `ht_1x2` (half-time result) or `ht_ft`
   * (half-time/full-time)
   */
  market: string;
  /** goals added to the home team's, or to be exceeded; null where there is none (goals) */
  line: number | null;
  /** every outcome of the market */
  outcomes: { [outcome: string]: FurtherOutcome };
  /** where the odds come from */
  odds_source: OddsSource;
}

/** One outcome of a further market. */
export interface FurtherOutcome {
  /**
   * of winning a unit of what is not pushed, halves counted as halves: the inverse of the fair price (0 to 1,
   * probability)
   */
  probability: number;
  /** the same of the price, margin removed (0 to 1, probability) */
  implied: number;
  /** the price (above 1, decimal odds) */
  odds: number;
  /** model probability minus the market's, margin removed (−1 to 1, probability) */
  edge: number;
  /** the exact expected profit, with pushes and halves (per unit staked) */
  expected_value: number;
  /** a quarter of the share with the highest expected logarithm of the bankroll (0 to 0.05, share of the bankroll) */
  kelly_fraction: number;
}

/** Both sides of an Asian handicap line. */
export interface Handicap {
  /** a bet on the home side with the line added to its goals */
  home: Settled;
  /** a bet on the away side against that line */
  away: Settled;
}

/** The state of the service. */
export interface HealthAnswer {
  /** `ok`, or `degraded` when anything below is not */
  status: "ok" | "degraded";
  /** whether a /predict for a known fixture would be answered */
  ready: boolean;
  /** version of the service */
  version: string;
  /** time since the process started (at least 0, seconds) */
  uptime_seconds: number;
  /** Node's database as this service sees it. */
  database: DatabaseHealth;
  /** The model that serves. */
  model: ModelHealth;
  /** the running training or the last one; null before the first */
  training: JobAnswer | null;
  /** the running backtest or the last one; null before the first */
  backtest: JobAnswer | null;
}

/** What one feature adds to each outcome. */
export interface ImpactOfFeature {
  /** its name */
  feature: string;
  /** what it is, in words */
  description: string;
  /** of `value`; may be empty */
  unit: string;
  /** the feature's value; null where it is missing or has more than one (see `unit`) */
  value: number | null;
  /** SHAP value of each outcome's margin before calibration: positive makes it likelier (log-odds) */
  impact: { [outcome: string]: number };
}

/** How much a feature matters. */
export interface Importance {
  /** its name */
  feature: string;
  /** mean absolute SHAP value over test matches and outcomes (at least 0, log-odds) */
  mean_abs_shap: number;
}

/** A training or a backtest. */
export interface JobAnswer {
  /** its kind, start and a random end; sorts by time within a kind */
  job_id: string;
  /** what it does */
  kind: "train" | "backtest";
  /** whether it runs or how it ended */
  status: "running" | "succeeded" | "failed";
  /** the present stage, in plain words */
  stage: string;
  /** fraction complete (0 to 1, fraction) */
  progress: number;
  /** when it began */
  started_at: string;
  /** when it ended; null while it runs */
  finished_at: string | null;
  /** estimate of what is left; null where it is unknown (at least 0, seconds) */
  eta_seconds: number | null;
  /** what ended it; null unless it failed */
  error: Error | null;
}

/** One league. */
export interface LeagueResult {
  /** `V3_Leagues.league_id` */
  league_id: number;
  /** name of the league */
  league: string;
  /** matches with a forecast and a result (at least 0, matches) */
  evaluated: number;
  /** the model's; null without matches (at least 0, nats) */
  log_loss: number | null;
  /** log-loss of always forecasting how often each outcome happens (at least 0, nats) */
  base_rate_log_loss: number | null;
  /** of the evaluated ones, those with prices (at least 0, matches) */
  priced: number;
  /** the model's over the priced ones (at least 0, nats) */
  log_loss_where_priced: number | null;
  /** the market's over the priced ones; null without any (at least 0, nats) */
  market_log_loss: number | null;
  /** 95% interval of model minus market; null with fewer than 30 days (2 elements, nats) */
  difference_ci95: [number, number] | null;
  /** bets placed (at least 0, bets) */
  bets: number;
  /** turnover: stakes without what was void or pushed (at least 0, currency of the bankroll) */
  staked: number;
  /** winnings minus stakes (currency of the bankroll) */
  profit: number;
  /** profit / turnover; null without turnover (at least −1, per unit staked) */
  yield: number | null;
  /** 95% interval of `yield`; null with fewer than 30 days (2 elements, each at least −1, per unit staked) */
  yield_ci95: [number, number] | null;
}

/** One line. */
export interface LineResult {
  /** the home team's handicap, or the total (goals) */
  line: number;
  /** matches with a forecast and a result (at least 0, matches) */
  evaluated: number;
  /** the model's; null without matches (at least 0, nats) */
  log_loss: number | null;
  /** log-loss of always forecasting how often each outcome happens (at least 0, nats) */
  base_rate_log_loss: number | null;
  /** of the evaluated ones, those with prices (at least 0, matches) */
  priced: number;
  /** the model's over the priced ones (at least 0, nats) */
  log_loss_where_priced: number | null;
  /** the market's over the priced ones; null without any (at least 0, nats) */
  market_log_loss: number | null;
  /** 95% interval of model minus market; null with fewer than 30 days (2 elements, nats) */
  difference_ci95: [number, number] | null;
  /** bets placed (at least 0, bets) */
  bets: number;
  /** turnover: stakes without what was void or pushed (at least 0, currency of the bankroll) */
  staked: number;
  /** winnings minus stakes (currency of the bankroll) */
  profit: number;
  /** profit / turnover; null without turnover (at least −1, per unit staked) */
  yield: number | null;
  /** 95% interval of `yield`; null with fewer than 30 days (2 elements, each at least −1, per unit staked) */
  yield_ci95: [number, number] | null;
}

/** The match: league, teams and kick-off. */
export interface Match {
  /** API-Football's id (`V3_Fixtures.api_id`); null where there is none */
  api_id: number | null;
  /** `V3_Leagues.league_id` */
  league_id: number;
  /** name of the league */
  league: string;
  /** the league's country (`V3_Countries.name`); null where unknown */
  country: string | null;
  /** `V3_Teams.team_id` */
  home_team_id: number;
  /** name of the home team */
  home_team: string;
  /** `V3_Teams.team_id` */
  away_team_id: number;
  /** name of the away team */
  away_team: string;
  /** kick-off */
  date: string;
}

/** A match that is not in the database. */
export interface MatchBody {
  /** internal league id (`V3_Leagues.league_id`) (1 to 2⁶³ − 1) */
  league_id: number;
  /** internal team id (`V3_Teams.team_id`) (1 to 2⁶³ − 1) */
  home_team_id: number;
  /** internal team id, not the home team's (1 to 2⁶³ − 1) */
  away_team_id: number;
  /** kick-off, ISO 8601; UTC without an offset, 00:00 without a time; years 1870 to 2199 */
  date: string;
  /** true where neither team plays at home */
  neutral?: boolean;
}

/** The probabilities of home win, draw and away win; they sum to 1. */
export interface MatchWinner {
  /** probability of a home win (0 to 1, probability) */
  home: number;
  /** probability of a draw (0 to 1, probability) */
  draw: number;
  /** probability of an away win (0 to 1, probability) */
  away: number;
}

/** Prices of home win, draw and away win in 90 minutes. */
export interface MatchWinnerOdds {
  /** price of a home win (above 1, decimal odds) */
  home: number;
  /** price of a draw (above 1, decimal odds) */
  draw: number;
  /** price of an away win (above 1, decimal odds) */
  away: number;
}

/** Every match of the range. */
export interface MatchesEvaluated {
  /** matches with a forecast and a result (at least 0, matches) */
  evaluated: number;
  /** the others, by reason (at least 0, matches) */
  not_evaluated: { [reason: string]: number };
  /**
   * of the evaluated ones, by the half of the model that forecast: `with_odds` or `without_odds` (at least 0,
   * matches)
   */
  basis: { [K in "with_odds" | "without_odds"]: number };
  /** rows of the database left out because they cannot be true (at least 0, rows) */
  rejected_rows: { [reason: string]: number };
}

/** The content of a model's meta file; `/model/current` adds how the model has fared since. */
export interface MetaAnswer {
  /**
   * forecasts of further markets (`ah`, `dc`, `ou`, `ht_1x2`, `ht_ft`) beside their prices on the test matches, on
   * each match's main line; null without a price, absent where the database has none at all
   */
  further?: { [K in "with_odds" | "without_odds"]: { [key: string]: AgainstMarket | null } };
  /** the model's id; ids sort by time */
  model_id: string;
  /** when its training ended */
  created_at: string;
  /** version of the model file's format (at least 1, version) */
  format_version: number;
  /** the markets it predicts */
  markets: Market[];
  /** What the model was fitted on. */
  data: Data;
  /** How the model was fitted. */
  training: Training;
  /**
   * a card for each half of the model (`without_odds`, `with_odds`) and market; null where no finished match has a
   * price: the price itself answers there
   */
  models: { [K in "with_odds" | "without_odds"]: { [M in Market]: Card | null } };
  /** What became of the model after its training. */
  promotion: Promotion;
  /** digest of the code that gives features their meaning, 16 hex digits: a model of another digest is refused */
  features_digest: string;
  /** name of the model file */
  file: string;
  /** checksum of the model file, 64 hex digits */
  sha256: string;
  /**
   * on `/model/current` alone: every feature that does not merely count matches, the most changed first; null with
   * fewer than 50 matches to come
   */
  drift?: Drift[] | null;
  /** on `/model/current` alone: the 1x2 of the matches played since; null before the first */
  since_training?: SinceTraining | null;
}

/** How the evaluation fit did on matches later than any that it, its stopping or its calibration saw. */
export interface Metrics {
  /** first day of the test matches */
  from: string;
  /** last day of the test matches */
  to: string;
  /** test matches (at least 0, matches) */
  n: number;
  /** mean log-loss; lower is better (at least 0, nats) */
  log_loss: number;
  /** Brier score, summed over outcomes; lower is better (0 to 2, squared probability) */
  brier: number;
  /** ranked probability score; null except for 1x2 (0 to 1, squared probability) */
  rps: number | null;
  /** expected calibration error of the most likely outcome, 15 bins of equal width (0 to 1, probability) */
  ece: number;
  /** log-loss of always forecasting how often each outcome happens (at least 0, nats) */
  base_rate_log_loss: number;
  /** log-loss of Elo ratings alone; null except for 1x2 (at least 0, nats) */
  elo_log_loss: number | null;
  /** null where no test match has prices */
  market: AgainstMarket | null;
}

/** The model that serves. */
export interface ModelHealth {
  /** `invalid` when the current model is refused */
  status: "ok" | "missing" | "invalid";
  /** the model that serves, also where it replaces a refused one */
  model_id: string | null;
  /** why it was refused, or what to do */
  detail: string | null;
}

/** One of the biggest wins or losses, and why it was placed. */
export interface NotableBet {
  /** `V3_Fixtures.fixture_id` */
  fixture_id: number;
  /** kick-off */
  date: string;
  /** name of the league */
  league: string;
  /** name of the home team */
  home_team: string;
  /** name of the away team */
  away_team: string;
  /** goals of both after 90 minutes */
  score: string;
  /** the line bet on; null in a market without lines, absent with `1x2`, `ou25` and `btts` (goals) */
  line?: number | null;
  /** the outcome bet on */
  outcome: string;
  /** the price taken (above 1, decimal odds) */
  odds: number;
  /** the model's (0 to 1, probability) */
  probability: number;
  /** the market's, margin removed (0 to 1, probability) */
  market_probability: number;
  /** the model's probability minus the market's (−1 to 1, probability) */
  edge: number;
  /** the stake (at least 0, currency of the bankroll) */
  stake: number;
  /** winnings minus stakes (currency of the bankroll) */
  profit: number;
  /**
   * what moved the outcome bet on most against the others, the price itself aside; empty with further markets, which
   * no single model forecasts
   */
  explanation: ImpactOfFeature[];
}

/** Probabilities of an odd and of an even number of goals; none is even. */
export interface OddEven {
  /** of an odd number of goals (0 to 1, probability) */
  odd: number;
  /** of an even number of goals, or none (0 to 1, probability) */
  even: number;
}

/** One bookmaker's full sets of prices, by market; an omitted market keeps the database's. */
export interface OddsBody {
  /** prices of home win, draw and away win */
  "1x2"?: MatchWinnerOdds | null;
  /** prices of more and of fewer than 2.5 goals */
  ou25?: OverUnderOdds | null;
  /** prices of both teams scoring and of not both scoring */
  btts?: BothScoreOdds | null;
}

/** Where a market's prices come from. */
export interface OddsSource {
  /** where the price comes from */
  from: "request" | "database";
  /** -1 is the imported average; null for prices of the request */
  bookmaker_id: number | null;
  /** null for prices of the request, and where a closing price has no time of its own */
  captured_at: string | null;
}

/** Prices of more and of fewer than 2.5 goals in 90 minutes. */
export interface OverUnderOdds {
  /** price of three goals or more (above 1, decimal odds) */
  over: number;
  /** price of two goals or fewer (above 1, decimal odds) */
  under: number;
}

/** The days between two refits. */
export interface Period {
  /** first day of the period */
  from: string;
  /** last day of the period */
  to: string;
  /** earlier matches that its model was fitted on (at least 0, matches) */
  trained_on: number;
  /** matches with a forecast and a result (at least 0, matches) */
  evaluated: number;
  /** the model's; null without matches (at least 0, nats) */
  log_loss: number | null;
  /** log-loss of always forecasting how often each outcome happens (at least 0, nats) */
  base_rate_log_loss: number | null;
  /** of the evaluated ones, those with prices (at least 0, matches) */
  priced: number;
  /** the model's over the priced ones (at least 0, nats) */
  log_loss_where_priced: number | null;
  /** the market's over the priced ones; null without any (at least 0, nats) */
  market_log_loss: number | null;
  /** 95% interval of model minus market; null with fewer than 30 days (2 elements, nats) */
  difference_ci95: [number, number] | null;
  /** bets placed (at least 0, bets) */
  bets: number;
  /** winnings minus stakes (currency of the bankroll) */
  profit: number;
}

/** Which match or matches to predict: one of `fixture_id`, `fixture_ids`, `api_id`, `api_ids` and `match`. */
export interface PredictBody {
  /** `V3_Fixtures.fixture_id` (−(2⁶³ − 1) to 2⁶³ − 1) */
  fixture_id?: number | null;
  /**
   * fixture ids (`V3_Fixtures.fixture_id`), answered in this order (1 to 1,000 elements, distinct, each −(2⁶³ − 1) to
   * 2⁶³ − 1)
   */
  fixture_ids?: number[] | null;
  /** API-Football's id (`V3_Fixtures.api_id`) (−(2⁶³ − 1) to 2⁶³ − 1) */
  api_id?: number | null;
  /**
   * API-Football's ids (`V3_Fixtures.api_id`), answered in this order (1 to 1,000 elements, distinct, each −(2⁶³ − 1)
   * to 2⁶³ − 1)
   */
  api_ids?: number[] | null;
  /** a match that is not in the database */
  match?: MatchBody | null;
  /** prices that replace the database's, market by market; not with `fixture_ids` or `api_ids` */
  odds?: OddsBody | null;
  /** false predicts without the coming match's prices */
  use_odds?: boolean;
  /** true adds exact SHAP values for the 1x2 market */
  explain?: boolean;
  /** true adds the distribution of scores, all that follows from it and prices of further markets */
  scores?: boolean;
}

/** One match predicted. */
export interface PredictionAnswer {
  /** null for a match that is not in the database */
  fixture_id: number | null;
  /** The match: league, teams and kick-off. */
  match: Match;
  /** The probabilities of every market. */
  prediction: Probabilities;
  /** which half of the model answered: the one that sees the match's prices or the one that does not */
  basis: { [M in Market]: "with_odds" | "without_odds" };
  /**
   * one bookmaker's full set: the first of the setting `BOOKMAKERS` that has one, or the request's (above 1, decimal
   * odds)
   */
  odds: { [M in Market]: { [O in Outcomes[M]]: number } | null };
  /** where the odds come from; null where there are none */
  odds_source: { [M in Market]: OddsSource | null };
  /**
   * model probability minus the market's, margin removed; null as a whole where no market has a full set of prices
   * (−1 to 1, probability)
   */
  edge: { [M in Market]: { [O in Outcomes[M]]: number } | null } | null;
  /**
   * at most one a market, highest expected value first, with an edge of at least the setting `MIN_EDGE`; empty unless
   * the model has beaten that market on its own test matches
   */
  value_bets: ValueBet[];
  /** of the 1x2 market, largest impact first; null unless the request has `explain` */
  explanation: ImpactOfFeature[] | null;
  /** the distribution of scores and what follows from it; null unless the request has `scores` */
  scores: Scores | null;
  /** the database's prices of further markets, every line; only where the request has `scores` */
  further_markets?: FurtherMarketPrice[];
  /** reasons to trust the prediction less */
  warnings: string[];
  /** the model that answered */
  model_id: string;
  /** kick-off of the newest result that was known before the match */
  data_as_of: string;
}

/** Many fixtures predicted, in the order of the request. */
export interface PredictionsAnswer {
  /** in the order of the request, without those that failed */
  predictions: PredictionAnswer[];
  /** the fixtures that could not be predicted */
  errors: FixtureError[];
  /** the model that answered */
  model_id: string;
}

/** The probabilities of every market. */
export interface Probabilities {
  /** The probabilities of home win, draw and away win; they sum to 1. */
  "1x2": MatchWinner;
  /** The probabilities of more and of fewer than 2.5 goals; they sum to 1. */
  ou25: contract__markets__OverUnder;
  /** The probabilities of both teams scoring and of not both scoring; they sum to 1. */
  btts: BothScore;
}

/** What became of the model after its training. */
export interface Promotion {
  /** whether it became the current model */
  promoted: boolean;
  /** why, in a sentence */
  reason: string;
}

/** The request, resolved. */
export interface Scope {
  /** first UTC day of kick-off evaluated */
  from: string;
  /** last UTC day of kick-off evaluated */
  to: string;
  /** the leagues evaluated, listed also where the request names none */
  league_ids: number[];
  /** the market bet on */
  market: string;
  /** its outcomes, in their order */
  outcomes: string[];
  /** how often the model was refitted */
  refit: "month" | "quarter" | "season";
  /** whether the model saw the matches' prices */
  use_odds: boolean;
  /** whose prices the bets take, as in the request */
  bookmaker_id: number | "best" | null;
  /** the order of the setting `BOOKMAKERS`; -1 is the imported average */
  bookmakers: number[];
  /** smallest edge of a bet (0 to 1, probability) */
  min_edge: number;
  /** How much a bet staked. */
  staking: Staking;
}

/** One score and its probability. */
export interface Score {
  /** 10 stands for 10 or more (at least 0, goals) */
  home: number;
  /** 10 stands for 10 or more (at least 0, goals) */
  away: number;
  /** of exactly this score (0 to 1, probability) */
  probability: number;
}

/** One distribution of 90-minute goals, which agrees with `prediction`, and what follows from it. */
export interface Scores {
  /** the means of the grid */
  expected_goals: ExpectedGoals;
  /**
   * 11 rows of 11 probabilities, home goals by row and away goals by column, the last 10 or more; they sum to 1 (each
   * 0 to 1, probability)
   */
  grid: number[][];
  /** the six likeliest scores, likeliest first */
  likeliest: Score[];
  /** two results of three */
  double_chance: DoubleChance;
  /** of the matches that are not drawn */
  draw_no_bet: Sides;
  /** goals of both sides, lines 0.5 to 6.5 */
  totals: { [line: string]: contract__scores__OverUnder };
  /** goals of the home side, lines 0.5 to 4.5 */
  home_goals: { [line: string]: contract__scores__OverUnder };
  /** goals of the away side, lines 0.5 to 4.5 */
  away_goals: { [line: string]: contract__scores__OverUnder };
  /** by the home side's line, -3 to 3 in steps of 0.25 */
  asian_handicap: { [line: string]: Handicap };
  /** the first half, by when goals fall */
  first_half: FirstHalf;
  /** that a side concedes nothing */
  clean_sheet: Sides;
  /** that a side wins and concedes nothing */
  win_to_nil: Sides;
  /** that both sides score, and three goals or more together (0 to 1, probability) */
  both_and_over25: number;
  /** the number of goals of both sides */
  odd_even: OddEven;
  /** home goals less away goals; -3 and 3 stand for that margin or a greater one (0 to 1, probability) */
  margin: { [goals: string]: number };
}

/** How a bet on a line settles: the probability of each of five ways, and the fair price. */
export interface Settled {
  /** the whole stake wins (0 to 1, probability) */
  win: number;
  /** half the stake wins, half is returned (0 to 1, probability) */
  half_win: number;
  /** the stake is returned (0 to 1, probability) */
  push: number;
  /** half the stake loses, half is returned (0 to 1, probability) */
  half_loss: number;
  /** the whole stake loses (0 to 1, probability) */
  loss: number;
  /** the price at which a bet expects no profit; null where it can only lose (at least 1, decimal odds) */
  fair_odds: number | null;
}

/** A probability of each side. */
export interface Sides {
  /** of the home side (0 to 1, probability) */
  home: number;
  /** of the away side (0 to 1, probability) */
  away: number;
}

/** How the model's 1x2 did on the matches played since its training. */
export interface SinceTraining {
  /** matches played since (at least 0, matches) */
  n: number;
  /** mean log-loss over them (at least 0, nats) */
  log_loss: number;
  /** beside the market; null where none has prices */
  market: AgainstMarket | null;
}

/** How much a bet staked. */
export interface Staking {
  /** as in the request */
  method: "flat" | "kelly";
  /** of Kelly's stake (0 to 1, fraction) */
  fraction: number;
  /** largest share of the bankroll in one bet (0 to 1, fraction) */
  cap: number;
  /** the first bankroll (at least 0, currency of the bankroll) */
  bankroll: number;
}

/** How much a bet stakes. */
export interface StakingBody {
  /** how the stake is computed */
  method?: "flat" | "kelly";
  /** of Kelly's stake (above 0, at most 1, fraction) */
  fraction?: number;
  /** largest share of the bankroll in one bet (above 0, at most 1, fraction) */
  cap?: number;
  /** first bankroll (above 0, at most 1,000,000,000,000, any currency) */
  bankroll?: number;
}

/** Which matches to fit on, and when to promote the model. All fields are optional. */
export interface TrainBody {
  /**
   * leagues to fit on (`V3_Leagues.league_id`), all where null; ratings always follow all (1 to 10,000 elements, each
   * 1 to 2⁶³ − 1)
   */
  league_ids?: number[] | null;
  /** first UTC day of kick-off to fit on; null means the earliest in the database */
  from?: string | null;
  /** last UTC day of kick-off that the model may use; null means the latest in the database */
  to?: string | null;
  /** when the new model replaces the current one */
  promote?: "if_better" | "always" | "never";
  /** true answers at the end of the training */
  wait?: boolean;
}

/** A training that has ended. */
export interface TrainedAnswer {
  /** how it went */
  job: JobAnswer;
  /** the new model, promoted or not */
  model: MetaAnswer;
  /** whether it is the current model now */
  promoted: boolean;
  /** why, in a sentence */
  reason: string;
}

/** How the model was fitted. */
export interface Training {
  /** how long it took (at least 0, seconds) */
  seconds: number;
  /** LightGBM's parameters, by half of the model */
  parameters: { [K in "with_odds" | "without_odds"]: Record<string, unknown> };
  /** versions of the packages used */
  versions: { [package: string]: string };
}

/** An outcome that is more likely by the model than by the market. */
export interface ValueBet {
  /** the market to bet on; with `scores` also `ah`, `dc`, `ou` (totals of other lines), `ht_1x2` and `ht_ft` */
  market: string;
  /** the outcome to bet on */
  outcome: string;
  /** the model's probability (0 to 1, probability) */
  probability: number;
  /** the price to bet at (above 1, decimal odds) */
  odds: number;
  /** model probability minus the market's, margin removed (−1 to 1, probability) */
  edge: number;
  /** probability times odds minus 1; of a further market exact, with pushes and halves (per unit staked) */
  expected_value: number;
  /** a quarter of Kelly's stake (0 to 0.05, share of the bankroll) */
  kelly_fraction: number;
  /** only of further markets: the line to bet on, null where the market has none (goals) */
  line?: number | null;
}

/** The model against the market, over exactly the matches that have prices. */
export interface VersusMarket {
  /** matches that have prices (at least 0, matches) */
  n: number;
  /** the model's mean log-loss over them (at least 0, nats) */
  log_loss_model: number;
  /** the market's: the price at the moment of the bet, margin removed (at least 0, nats) */
  log_loss_market: number;
  /** model minus market; below zero the model is better (nats) */
  log_loss_difference: number;
  /** 95% interval of the difference; null with fewer than 30 days (2 elements, nats) */
  ci95: [number, number] | null;
  /** the same in RPS; null except for 1x2 (squared probability) */
  rps_difference: number | null;
  /** 95% interval of the difference in RPS (2 elements, squared probability) */
  rps_ci95: [number, number] | null;
}

/** Probabilities of the three results. */
export interface Winner {
  /** that the home side leads (0 to 1, probability) */
  home: number;
  /** that both are level (0 to 1, probability) */
  draw: number;
  /** that the away side leads (0 to 1, probability) */
  away: number;
}

/** The probabilities of more and of fewer than 2.5 goals; they sum to 1. */
export interface contract__markets__OverUnder {
  /** probability of three goals or more (0 to 1, probability) */
  over: number;
  /** probability of two goals or fewer (0 to 1, probability) */
  under: number;
}

/** Probabilities of more and of fewer goals than a line. */
export interface contract__scores__OverUnder {
  /** of more goals than the line (0 to 1, probability) */
  over: number;
  /** of fewer goals than the line (0 to 1, probability) */
  under: number;
}
