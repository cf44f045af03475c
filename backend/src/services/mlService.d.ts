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
 * @typedef {import("./ml/contract.js").Market} Market
 * @typedef {import("./ml/contract.js").PredictionAnswer} Prediction
 * @typedef {import("./ml/contract.js").Scores} Scores
 * @typedef {import("./ml/contract.js").ValueBet} ValueBet
 * @typedef {import("./ml/contract.js").JobAnswer} Job
 * @typedef {import("./ml/contract.js").HealthAnswer} Health
 * @typedef {import("./ml/contract.js").MetaAnswer} ModelMeta
 */
/**
 * @typedef {{ prediction: null, edge: null }} NoPrediction what stands in where there is no prediction
 * @typedef {{ code: string, message: string }} ServiceError
 *   the service's own codes, or `unreachable`, `timeout`, `connection_lost`, `invalid_response`, `unavailable`
 *   (left alone after five failures), `invalid_request` (nothing was sent)
 */
/**
 * @typedef {object} PredictionOptions
 * @property {boolean} [explain] with SHAP values (default false)
 * @property {import("./ml/contract.js").OddsBody} [odds] decimal, replace the database's market by market
 * @property {boolean} [useOdds] with prices as an input where there are any (default true)
 * @property {boolean} [scores] with the distribution of scores, and prices of further markets (default false)
 * @property {"fixture" | "api"} [idType] `"api"` where ids are API-Football's, `V3_Fixtures.api_id` (default `"fixture"`)
 *
 * @typedef {Pick<PredictionOptions, "idType">} IdOptions
 */
/**
 * @typedef {Omit<import("./ml/contract.js").TrainBody, "wait">} TrainOptions
 * @typedef {import("./ml/contract.js").BacktestBody} BacktestOptions
 */
/**
 * @typedef {{ onProgress?: (job: Job) => unknown }} Following
 * @typedef {{ ok: false, error: ServiceError }} JobFailure
 * @typedef {{ ok: true } & import("./ml/contract.js").TrainedAnswer} TrainSuccess
 * @typedef {{ ok: true } & import("./ml/contract.js").BacktestAnswer} BacktestSuccess
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
export type Market = import("./ml/contract.js").Market;
export type Prediction = import("./ml/contract.js").PredictionAnswer;
export type Scores = import("./ml/contract.js").Scores;
export type ValueBet = import("./ml/contract.js").ValueBet;
export type Job = import("./ml/contract.js").JobAnswer;
export type Health = import("./ml/contract.js").HealthAnswer;
export type ModelMeta = import("./ml/contract.js").MetaAnswer;
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
export type PredictionOptions = {
    /**
     * with SHAP values (default false)
     */
    explain?: boolean | undefined;
    /**
     * decimal, replace the database's market by market
     */
    odds?: import("./ml/contract.js").OddsBody | undefined;
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
export type TrainOptions = Omit<import("./ml/contract.js").TrainBody, "wait">;
export type BacktestOptions = import("./ml/contract.js").BacktestBody;
export type Following = {
    onProgress?: (job: Job) => unknown;
};
export type JobFailure = {
    ok: false;
    error: ServiceError;
};
export type TrainSuccess = {
    ok: true;
} & import("./ml/contract.js").TrainedAnswer;
export type BacktestSuccess = {
    ok: true;
} & import("./ml/contract.js").BacktestAnswer;
