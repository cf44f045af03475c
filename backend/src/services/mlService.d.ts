// Written by `npm run types` in backend/ from the JSDoc of mlService.js.
/**
 * The prediction for one fixture. Takes at most 5 seconds.
 * @param {number | string} fixtureId a positive integer, or its digits
 * @param {PredictionOptions | null} [options]
 * @returns {Promise<Prediction | NoPrediction>}
 */
export function getPrediction(fixtureId: number | string, options?: PredictionOptions | null): Promise<Prediction | NoPrediction>;
/**
 * The predictions for any number of fixtures, a thousand a request. Takes at most 30 seconds in all.
 * @template {number | string} Id
 * @param {Iterable<Id>} fixtureIds positive integers, or their digits
 * @param {IdOptions | null} [options]
 * @returns {Promise<Map<Id, Prediction | NoPrediction>>} each id as it was asked for, in that order
 */
export function getPredictions<Id extends number | string>(fixtureIds: Iterable<Id>, options?: IdOptions | null): Promise<Map<Id, Prediction | NoPrediction>>;
/**
 * The state of service, database, model and jobs, or null. Takes at most 2 seconds.
 * @returns {Promise<Health | null>}
 */
export function getHealth(): Promise<Health | null>;
/**
 * What the current model is and how good it is, or null. Takes at most 5 seconds.
 * @returns {Promise<ModelMeta | null>}
 */
export function getCurrentModel(): Promise<ModelMeta | null>;
/**
 * Trains a model and waits for its end: at most 12 hours, and 30 seconds without a sign of life. A training whose
 * connection is lost goes on; `getHealth()` follows it.
 * @param {TrainOptions | null} [options]
 * @param {Following | null} [following] `onProgress` gets the job, at least every 10 seconds
 * @returns {Promise<TrainSuccess | JobFailure>}
 */
export function trainModel(options?: TrainOptions | null, following?: Following | null): Promise<TrainSuccess | JobFailure>;
/**
 * Runs a walk-forward backtest and waits for its end: at most 12 hours, and 30 seconds without a sign of life.
 * @param {BacktestOptions} options
 * @param {Following | null} [following] `onProgress` gets the job, at least every 10 seconds
 * @returns {Promise<BacktestSuccess | JobFailure>}
 */
export function runBacktest(options: BacktestOptions, following?: Following | null): Promise<BacktestSuccess | JobFailure>;
/**
 * @typedef {"1x2" | "ou25" | "btts"} Market
 * @typedef {{ home: number, draw: number, away: number }} ResultMap one number for each outcome on 90 minutes
 * @typedef {{ over: number, under: number }} GoalsMap over or under 2.5 goals
 * @typedef {{ yes: number, no: number }} BothScoreMap whether both teams score
 * @typedef {{ "1x2": ResultMap, ou25: GoalsMap, btts: BothScoreMap }} MarketMaps
 * @typedef {{ [M in Market]: MarketMaps[M] | null }} NullableMarketMaps
 */
/**
 * @typedef {object} ValueBet
 * @property {Market | string} market one of the three, or a further one
 * @property {string} outcome
 * @property {number | null} [line] of a further market that has one
 * @property {number} probability the model's
 * @property {number} odds decimal
 * @property {number} edge probability minus the market's, margin removed
 * @property {number} expected_value of a stake of 1
 * @property {number} kelly_fraction quarter of Kelly's stake, at most 0.05 of the bankroll
 */
/**
 * @typedef {{ home: number, away: number }} Sides one number for each side
 * @typedef {{ [line: string]: GoalsMap }} Totals by line, such as `"1.5"`
 */
/**
 * How a bet settles: probabilities that sum to 1.
 * @typedef {object} Settled
 * @property {number} win
 * @property {number} half_win half of the stake wins, half comes back
 * @property {number} push the stake comes back
 * @property {number} half_loss half of the stake is lost, half comes back
 * @property {number} loss
 * @property {number | null} fair_odds decimal; null for a bet that can only lose
 */
/**
 * One distribution of the goals of 90 minutes, whose markets are the served ones, and what follows from it.
 * @typedef {object} Scores
 * @property {Sides} expected_goals
 * @property {number[][]} grid 11 rows of 11: probability by home goals, then away goals, the last being 10 or more
 * @property {{ home: number, away: number, probability: number }[]} likeliest six scores, likeliest first
 * @property {{ home_or_draw: number, home_or_away: number, draw_or_away: number }} double_chance
 * @property {Sides} draw_no_bet
 * @property {Totals} totals lines 0.5 to 6.5
 * @property {Totals} home_goals lines 0.5 to 4.5
 * @property {Totals} away_goals lines 0.5 to 4.5
 * @property {{ [line: string]: { home: Settled, away: Settled } }} asian_handicap by the home side's line, `"-3"` to `"3"` by 0.25
 * @property {{ "1x2": ResultMap, totals: Totals, half_time_full_time: { [pair: string]: number } }} first_half pairs such as `"draw/home"`
 * @property {Sides} clean_sheet that the side concedes nothing
 * @property {Sides} win_to_nil
 * @property {number} both_and_over25 that both score, and three goals or more fall
 * @property {{ odd: number, even: number }} odd_even
 * @property {{ [goals: string]: number }} margin of the home side, `"-3"` and `"3"` being so many or more
 */
/**
 * A market beside the three whose prices the database holds: `ah` with the home side's line, `dc`, or `ou` with another line.
 * @typedef {object} FurtherMarket
 * @property {string} market
 * @property {number | null} line
 * @property {{ [outcome: string]: { probability: number, implied: number | null, odds: number, edge: number | null, expected_value: number | null, kelly_fraction: number | null } }} outcomes
 * @property {{ from: "request" | "database", bookmaker_id: number | null, captured_at: string | null } | null} odds_source
 */
/**
 * @typedef {object} Prediction
 * @property {number | null} fixture_id
 * @property {{ api_id: number | null, league_id: number, league: string, country: string | null, home_team_id: number, home_team: string, away_team_id: number, away_team: string, date: string }} match
 * @property {MarketMaps} prediction probabilities in [0, 1]; those of one market sum to 1
 * @property {{ [M in Market]: "with_odds" | "without_odds" }} basis
 * @property {NullableMarketMaps} odds decimal
 * @property {{ [M in Market]: { from: "request" | "database", bookmaker_id: number | null, captured_at: string | null } | null }} odds_source
 * @property {NullableMarketMaps | null} edge
 * @property {ValueBet[]} value_bets best first
 * @property {{ feature: string, value: unknown, impact: ResultMap }[] | null} explanation
 * @property {Scores | null} [scores] null unless they were asked for
 * @property {FurtherMarket[] | null} [further_markets] with the scores
 * @property {string[]} warnings
 * @property {string} model_id
 * @property {string} data_as_of ISO 8601
 */
/**
 * @typedef {{ prediction: null, edge: null }} NoPrediction what stands in where there is no prediction
 * @typedef {{ code: string, message: string }} ServiceError
 *   the service's own codes, or `unreachable`, `timeout`, `connection_lost`, `invalid_response`, `unavailable`
 *   (left alone after five failures), `invalid_request` (nothing was sent)
 */
/**
 * @typedef {object} Job
 * @property {string} job_id
 * @property {"train" | "backtest"} kind
 * @property {"running" | "succeeded" | "failed"} status
 * @property {string} stage
 * @property {number} progress 0 to 1
 * @property {string} started_at
 * @property {string | null} finished_at
 * @property {number | null} eta_seconds
 * @property {ServiceError | null} error
 */
/**
 * @typedef {object} Health
 * @property {"ok" | "degraded"} status
 * @property {boolean} ready whether predictions are answered
 * @property {string} version
 * @property {number} uptime_seconds
 * @property {{ status: "ok" | "missing" | "unreadable" | "invalid_schema", fixtures: number | null, rejected_rows: number | null, rejected_by_reason: Record<string, number> | null, unused_by_reason: Record<string, number> | null, latest_result: string | null, detail: string | null }} database
 * @property {{ status: "ok" | "missing" | "invalid", model_id: string | null, detail: string | null }} model
 * @property {Job | null} training
 * @property {Job | null} backtest
 *
 * @typedef {{ model_id: string, created_at: string, [field: string]: unknown }} ModelMeta content of the meta file
 */
/**
 * @typedef {object} PredictionOptions
 * @property {boolean} [explain] with SHAP values (default false)
 * @property {{ [market: string]: { [outcome: string]: number } }} [odds] decimal, replace the database's market by market
 * @property {boolean} [useOdds] with prices as an input where there are any (default true)
 * @property {boolean} [scores] with the distribution of scores, and prices of further markets (default false)
 * @property {"fixture" | "api"} [idType] `"api"` where ids are API-Football's, `V3_Fixtures.api_id` (default `"fixture"`)
 *
 * @typedef {Pick<PredictionOptions, "idType">} IdOptions
 */
/**
 * The names of the service's `/train`; in camelCase they are understood too.
 * @typedef {object} TrainOptions
 * @property {number[] | null} [league_ids]
 * @property {string | null} [from] UTC day
 * @property {string | null} [to] UTC day
 * @property {"if_better" | "always" | "never"} [promote]
 */
/**
 * The names of the service's `/backtest`; in camelCase they are understood too.
 * @typedef {object} BacktestOptions
 * @property {string} from UTC day
 * @property {string} to UTC day
 * @property {number[] | null} [league_ids]
 * @property {Market} [market]
 * @property {"month" | "quarter" | "season"} [refit]
 * @property {boolean} [use_odds]
 * @property {number | "best" | null} [bookmaker_id]
 * @property {number} [min_edge]
 * @property {{ method: "flat" | "kelly", fraction?: number, cap?: number, bankroll?: number }} [staking]
 */
/**
 * @typedef {{ onProgress?: (job: Job) => unknown }} Following
 * @typedef {{ ok: false, error: ServiceError }} JobFailure
 * @typedef {{ ok: true, job: Job, model: ModelMeta, promoted: boolean, reason: string }} TrainSuccess
 * @typedef {{ ok: true, [field: string]: unknown }} BacktestSuccess
 */
/** How long each function takes at most, in milliseconds. */
export const TIMEOUT_MS: Readonly<{
    getPrediction: 5000;
    getPredictions: 30000;
    getHealth: 2000;
    getCurrentModel: 5000;
    trainModel: number;
    runBacktest: number;
    /** The longest silence of a running job; the service sends a line every 10 seconds. */
    jobSilence: 30000;
}>;
export type Market = "1x2" | "ou25" | "btts";
/**
 * one number for each outcome on 90 minutes
 */
export type ResultMap = {
    home: number;
    draw: number;
    away: number;
};
/**
 * over or under 2.5 goals
 */
export type GoalsMap = {
    over: number;
    under: number;
};
/**
 * whether both teams score
 */
export type BothScoreMap = {
    yes: number;
    no: number;
};
export type MarketMaps = {
    "1x2": ResultMap;
    ou25: GoalsMap;
    btts: BothScoreMap;
};
export type NullableMarketMaps = { [M in Market]: MarketMaps[M] | null; };
export type ValueBet = {
    /**
     * one of the three, or a further one
     */
    market: Market | string;
    outcome: string;
    /**
     * of a further market that has one
     */
    line?: number | null | undefined;
    /**
     * the model's
     */
    probability: number;
    /**
     * decimal
     */
    odds: number;
    /**
     * probability minus the market's, margin removed
     */
    edge: number;
    /**
     * of a stake of 1
     */
    expected_value: number;
    /**
     * quarter of Kelly's stake, at most 0.05 of the bankroll
     */
    kelly_fraction: number;
};
/**
 * one number for each side
 */
export type Sides = {
    home: number;
    away: number;
};
/**
 * by line, such as `"1.5"`
 */
export type Totals = {
    [line: string]: GoalsMap;
};
/**
 * How a bet settles: probabilities that sum to 1.
 */
export type Settled = {
    win: number;
    /**
     * half of the stake wins, half comes back
     */
    half_win: number;
    /**
     * the stake comes back
     */
    push: number;
    /**
     * half of the stake is lost, half comes back
     */
    half_loss: number;
    loss: number;
    /**
     * decimal; null for a bet that can only lose
     */
    fair_odds: number | null;
};
/**
 * One distribution of the goals of 90 minutes, whose markets are the served ones, and what follows from it.
 */
export type Scores = {
    expected_goals: Sides;
    /**
     * 11 rows of 11: probability by home goals, then away goals, the last being 10 or more
     */
    grid: number[][];
    /**
     * six scores, likeliest first
     */
    likeliest: {
        home: number;
        away: number;
        probability: number;
    }[];
    double_chance: {
        home_or_draw: number;
        home_or_away: number;
        draw_or_away: number;
    };
    draw_no_bet: Sides;
    /**
     * lines 0.5 to 6.5
     */
    totals: Totals;
    /**
     * lines 0.5 to 4.5
     */
    home_goals: Totals;
    /**
     * lines 0.5 to 4.5
     */
    away_goals: Totals;
    /**
     * by the home side's line, `"-3"` to `"3"` by 0.25
     */
    asian_handicap: {
        [line: string]: {
            home: Settled;
            away: Settled;
        };
    };
    /**
     * pairs such as `"draw/home"`
     */
    first_half: {
        "1x2": ResultMap;
        totals: Totals;
        half_time_full_time: {
            [pair: string]: number;
        };
    };
    /**
     * that the side concedes nothing
     */
    clean_sheet: Sides;
    win_to_nil: Sides;
    /**
     * that both score, and three goals or more fall
     */
    both_and_over25: number;
    odd_even: {
        odd: number;
        even: number;
    };
    /**
     * of the home side, `"-3"` and `"3"` being so many or more
     */
    margin: {
        [goals: string]: number;
    };
};
/**
 * A market beside the three whose prices the database holds: `ah` with the home side's line, `dc`, or `ou` with another line.
 */
export type FurtherMarket = {
    market: string;
    line: number | null;
    outcomes: {
        [outcome: string]: {
            probability: number;
            implied: number | null;
            odds: number;
            edge: number | null;
            expected_value: number | null;
            kelly_fraction: number | null;
        };
    };
    odds_source: {
        from: "request" | "database";
        bookmaker_id: number | null;
        captured_at: string | null;
    } | null;
};
export type Prediction = {
    fixture_id: number | null;
    match: {
        api_id: number | null;
        league_id: number;
        league: string;
        country: string | null;
        home_team_id: number;
        home_team: string;
        away_team_id: number;
        away_team: string;
        date: string;
    };
    /**
     * probabilities in [0, 1]; those of one market sum to 1
     */
    prediction: MarketMaps;
    basis: { [M in Market]: "with_odds" | "without_odds"; };
    /**
     * decimal
     */
    odds: NullableMarketMaps;
    odds_source: { [M in Market]: {
        from: "request" | "database";
        bookmaker_id: number | null;
        captured_at: string | null;
    } | null; };
    edge: NullableMarketMaps | null;
    /**
     * best first
     */
    value_bets: ValueBet[];
    explanation: {
        feature: string;
        value: unknown;
        impact: ResultMap;
    }[] | null;
    /**
     * null unless they were asked for
     */
    scores?: Scores | null | undefined;
    /**
     * with the scores
     */
    further_markets?: FurtherMarket[] | null | undefined;
    warnings: string[];
    model_id: string;
    /**
     * ISO 8601
     */
    data_as_of: string;
};
/**
 * what stands in where there is no prediction
 */
export type NoPrediction = {
    prediction: null;
    edge: null;
};
/**
 * the service's own codes, or `unreachable`, `timeout`, `connection_lost`, `invalid_response`, `unavailable`
 * (left alone after five failures), `invalid_request` (nothing was sent)
 */
export type ServiceError = {
    code: string;
    message: string;
};
export type Job = {
    job_id: string;
    kind: "train" | "backtest";
    status: "running" | "succeeded" | "failed";
    stage: string;
    /**
     * 0 to 1
     */
    progress: number;
    started_at: string;
    finished_at: string | null;
    eta_seconds: number | null;
    error: ServiceError | null;
};
export type Health = {
    status: "ok" | "degraded";
    /**
     * whether predictions are answered
     */
    ready: boolean;
    version: string;
    uptime_seconds: number;
    database: {
        status: "ok" | "missing" | "unreadable" | "invalid_schema";
        fixtures: number | null;
        rejected_rows: number | null;
        rejected_by_reason: Record<string, number> | null;
        unused_by_reason: Record<string, number> | null;
        latest_result: string | null;
        detail: string | null;
    };
    model: {
        status: "ok" | "missing" | "invalid";
        model_id: string | null;
        detail: string | null;
    };
    training: Job | null;
    backtest: Job | null;
};
/**
 * content of the meta file
 */
export type ModelMeta = {
    model_id: string;
    created_at: string;
    [field: string]: unknown;
};
export type PredictionOptions = {
    /**
     * with SHAP values (default false)
     */
    explain?: boolean | undefined;
    /**
     * decimal, replace the database's market by market
     */
    odds?: {
        [market: string]: {
            [outcome: string]: number;
        };
    } | undefined;
    /**
     * with prices as an input where there are any (default true)
     */
    useOdds?: boolean | undefined;
    /**
     * with the distribution of scores, and prices of further markets (default false)
     */
    scores?: boolean | undefined;
    /**
     * `"api"` where ids are API-Football's, `V3_Fixtures.api_id` (default `"fixture"`)
     */
    idType?: "fixture" | "api" | undefined;
};
export type IdOptions = Pick<PredictionOptions, "idType">;
/**
 * The names of the service's `/train`; in camelCase they are understood too.
 */
export type TrainOptions = {
    league_ids?: number[] | null | undefined;
    /**
     * UTC day
     */
    from?: string | null | undefined;
    /**
     * UTC day
     */
    to?: string | null | undefined;
    promote?: "if_better" | "always" | "never" | undefined;
};
/**
 * The names of the service's `/backtest`; in camelCase they are understood too.
 */
export type BacktestOptions = {
    /**
     * UTC day
     */
    from: string;
    /**
     * UTC day
     */
    to: string;
    league_ids?: number[] | null | undefined;
    market?: Market | undefined;
    refit?: "month" | "quarter" | "season" | undefined;
    use_odds?: boolean | undefined;
    bookmaker_id?: number | "best" | null | undefined;
    min_edge?: number | undefined;
    staking?: {
        method: "flat" | "kelly";
        fraction?: number;
        cap?: number;
        bankroll?: number;
    } | undefined;
};
export type Following = {
    onProgress?: (job: Job) => unknown;
};
export type JobFailure = {
    ok: false;
    error: ServiceError;
};
export type TrainSuccess = {
    ok: true;
    job: Job;
    model: ModelMeta;
    promoted: boolean;
    reason: string;
};
export type BacktestSuccess = {
    ok: true;
    [field: string]: unknown;
};
