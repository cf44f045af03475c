"""Predictions: the current model asked about what is known of a match before it kicks off."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from common.memory import trim
from common.times import moment_text
from config import Settings
from contract.health import DatabaseHealth, ModelHealth, PredictorHealth, unread_database
from contract.model import MetaAnswer, Monitoring
from contract.prediction import PredictionAnswer
from db.leagues import check_leagues
from db.reader import Reader
from errors import (
    Busy,
    DatabaseError,
    DatabaseInvalidSchema,
    DatabaseMissing,
    ModelError,
    ModelInvalid,
    ModelNotTrained,
    NoCurrentModel,
    NotFound,
    ServiceError,
)
from live.cache import FixtureCache
from live.follower import LiveHistory
from live.snapshot import Snapshot
from markets.market import Market
from markets.match_winner import MATCH_WINNER
from markets.prices import Quotes
from markets.registry import MARKETS
from models.batch import BatchAnswer
from models.drift import drift, since_training
from models.match import Subject, subject_of
from models.match_prices import MatchPrices, prices_of, swapped
from models.query import PredictQuery
from models.score_answers import add_scores
from models.serializer import Answerer, Forecasts
from models.serving import ServingModel
from models.store import ModelStore, first_valid
from scores.consistency import reconciled

Array = NDArray[np.float64]
Features = NDArray[np.float32]


class Forecaster:
    """Serves predictions of the current model. One thread predicts; `warm_up` may run in another before."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = ModelStore(settings.model_dir)
        cache = FixtureCache(settings.model_dir, settings.bookmakers)
        self._live = LiveHistory(settings.db_path, cache, settings.bookmakers)
        self._prices = Reader(settings.db_path, lock_timeout_seconds=0.25, indexes=self._live.indexes)
        self._model: ServingModel | None = None
        self._model_problem: ModelError = ModelNotTrained("no model has been trained yet")
        self._model_detail: str | None = None
        self._model_stamp: object = None
        self._switching = threading.Lock()
        self._monitoring: tuple[str, Snapshot, Monitoring] | None = None

    def warm_up(self) -> None:
        """Read the database and the current model; what fails shows in `health`."""
        with ThreadPoolExecutor(1) as beside:
            model = beside.submit(self.refresh_model)
            with contextlib.suppress(DatabaseError, Busy):
                self.load()
                self._live.current()
            model.result()

    def prepare_explanations(self) -> None:
        """Load LightGBM now, which takes most of a second. Raises OSError where the system lacks a library of its."""
        import_module("models.lightgbm")

    def close(self) -> None:
        """Release the database."""
        self._live.close()
        self._prices.close()

    @property
    def loaded(self) -> bool:
        """Whether the database has been read; if not, `load` is due before a prediction."""
        return self._live.loaded

    def load(self) -> None:
        """Read the whole database: seconds, for a thread. Raises DatabaseError."""
        self._live.load()
        trim()

    def keep_up(self) -> None:
        """Look whether anything old changed in the database, and read it anew then. For a thread."""
        self._live.keep_up()

    def refresh_model(self) -> None:
        """Load the current model where it is not the one that serves."""
        with self._switching:
            stamp = (self._store.current_id(), tuple(self._store.ids()))
            if stamp == self._model_stamp:
                return
            try:
                self._model, self._model_detail = first_valid(self._store, ServingModel)
            except ModelError as wrong:
                self._model, self._model_detail, self._model_problem = None, None, wrong
            self._model_stamp = stamp

    def health(self) -> PredictorHealth:
        """`ready`, `database` and `model` as /health shows them."""
        database = self._database_health()
        model = self._model_health()
        ready = database["fixtures"] is not None and self._model is not None
        return {"ready": ready, "database": database, "model": model}

    def current_meta(self) -> MetaAnswer:
        """The meta of the model that serves, with `drift` and `since_training`: how it has fared since.

        Raises NoCurrentModel or ModelInvalid.
        """
        if self._model is None:
            problem = self._no_model()
            raise NoCurrentModel(problem.message) if isinstance(problem, ModelNotTrained) else problem
        return {**self._model.meta, **self._monitored(self._model)}

    def _monitored(self, model: ServingModel) -> Monitoring:
        """What the database says of the model since its training; nothing where it cannot be read."""
        unknown: Monitoring = {"drift": None, "since_training": None}
        try:
            snapshot = self._live.current() if self._live.loaded else None
        except (DatabaseError, Busy):
            return unknown
        if snapshot is None:
            return unknown
        if self._monitoring is None or self._monitoring[:2] != (model.model_id, snapshot):
            self._monitoring = (model.model_id, snapshot, self._monitor(model, snapshot))
        return self._monitoring[2]

    def _monitor(self, model: ServingModel, snapshot: Snapshot) -> Monitoring:
        played = snapshot.played_since(model.fitted_until)
        asked = self.predict_batch([PredictQuery(int(i)) for i in played["fixture_id"]])
        answered = np.array([not isinstance(answer, ServiceError) for answer in asked], dtype=np.bool_)
        whole = [answer for answer in asked if not isinstance(answer, ServiceError)]
        known = played[answered]
        labels = MATCH_WINNER.settle(known["goals_home"].to_numpy(), known["goals_away"].to_numpy())
        return {
            "drift": drift(model.reference, snapshot.coming()),
            "since_training": since_training(whole, labels, known["kickoff"].to_numpy()),
        }

    def predict(self, query: PredictQuery) -> PredictionAnswer:
        """One prediction, as the contract has it. Raises what `predict_batch` answers."""
        (answer,) = self.predict_batch([query])
        if isinstance(answer, ServiceError):
            raise answer
        return answer

    def predict_many(self, queries: Sequence[PredictQuery]) -> BatchAnswer:
        """Predictions of fixtures in the order asked; `errors` names those that could not be answered."""
        model = self._serving_model()
        paired = list(zip(queries, self.predict_batch(queries), strict=True))
        return {
            "predictions": [answer for _, answer in paired if not isinstance(answer, ServiceError)],
            "errors": [
                {"fixture_id": query.fixture_id, "api_id": query.api_id, "error": answer}
                for query, answer in paired
                if isinstance(answer, ServiceError)
            ],
            "model_id": model.model_id,
        }

    def check_leagues(self, league_ids: Sequence[int]) -> None:
        """Raise LeagueNotFound or InvalidRequest for leagues that no job can do anything with.

        Says nothing before the database is read; a job looks for itself. Raises DatabaseError and Busy too.
        """
        if self._live.loaded:
            snapshot = self._live.current()
            check_leagues(league_ids, snapshot.leagues, snapshot.leagues_played)

    def predict_batch(self, queries: Sequence[PredictQuery]) -> list[PredictionAnswer | ServiceError]:
        """Every query's prediction, or why there is none, in the order asked.

        Raises ModelNotTrained, ModelInvalid, DatabaseError or Busy where no query at all can be answered.
        """
        model, snapshot = self._serving_model(), self._snapshot()
        asked = [_resolved(query, snapshot) for query in queries]
        rows = [row for row, found in enumerate(asked) if isinstance(found, Subject)]
        subjects = [found for found in asked if isinstance(found, Subject)]
        answered = iter(self._answers(model, snapshot, subjects, [queries[row] for row in rows]))
        return [next(answered) if isinstance(found, Subject) else found for found in asked]

    def _answers(
        self, model: ServingModel, snapshot: Snapshot, subjects: list[Subject], queries: list[PredictQuery]
    ) -> list[PredictionAnswer]:
        if not subjects:
            return []
        quotes = self._quotes(subjects)
        prices = prices_of(subjects, [query.odds for query in queries], quotes, self._settings.bookmakers)
        allowed = np.array([query.use_odds for query in queries])
        given = _Given.of(subjects)
        priced = {key: mine.available & allowed for key, mine in prices.items()}
        probabilities = reconciled(
            {
                market.key: _of_given(model, market, given, prices[market.key], priced[market.key])
                for market in MARKETS
            }
        )
        said = {
            market.key: self._forecasts(
                model, market, probabilities[market.key], prices[market.key], priced[market.key]
            )
            for market in MARKETS
        }
        answerer = Answerer(self._settings, model, snapshot, subjects, given.features, said)
        answers = answerer.answers()
        for row, query in enumerate(queries):
            if query.explain:
                answers[row]["explanation"] = answerer.explanation(row, subjects[row], prices, query.use_odds)
        add_scores(answers, [row for row, query in enumerate(queries) if query.scores], probabilities)
        return answers

    def _forecasts(
        self,
        model: ServingModel,
        market: Market,
        probabilities: Array,
        prices: MatchPrices,
        priced: NDArray[np.bool_],
    ) -> Forecasts:
        """Every match's forecast on a market, with what its price says where the model with odds answered."""
        without, with_odds = (model.beats_market(market.key, basis) for basis in (False, True))
        proven = np.where(priced, with_odds, without) | (not self._settings.require_evidence)
        return Forecasts.of(market, probabilities, priced, prices, proven, self._settings.min_edge)

    def _serving_model(self) -> ServingModel:
        if self._model is None:
            self.refresh_model()
        if self._model is None:
            raise self._no_model()
        return self._model

    def _no_model(self) -> ModelError:
        """Why there is no model to serve; a new exception each time, since each keeps the frames it passed."""
        kind = type(self._model_problem)
        return kind(self._model_problem.message)

    def _snapshot(self) -> Snapshot:
        if not self._live.loaded:
            self._live.load()
        return self._live.current()

    def _quotes(self, subjects: Sequence[Subject]) -> Quotes:
        """The database's prices of those subjects that are in it."""
        known = [subject for subject in subjects if subject.fixture_id is not None]
        if not known:
            return Quotes.none()
        return self._prices.quotes_of(
            np.array([subject.fixture_id for subject in known], dtype=np.int64),
            np.array([subject.closes_at for subject in known], dtype=np.int64),
        )

    def _database_health(self) -> DatabaseHealth:
        try:
            if not self._live.loaded:
                self._prices.stamp()
                return unread_database("ok", "not read yet")
            snapshot = self._live.current()
        except DatabaseMissing as wrong:
            return unread_database("missing", _detail(wrong))
        except DatabaseInvalidSchema as wrong:
            return unread_database("invalid_schema", _detail(wrong))
        except Busy as wrong:
            return unread_database("ok", _detail(wrong))
        except DatabaseError as wrong:
            return unread_database("unreadable", _detail(wrong))
        dataset = snapshot.base.segment.dataset
        unknown, others = self._live.unread.by_reason
        rejected = {**dataset.rejected, **unknown}
        latest = snapshot.latest_result
        return {
            "status": "ok",
            "fixtures": snapshot.fixtures,
            "rejected_rows": sum(rejected.values()),
            "rejected_by_reason": rejected,
            "unused_by_reason": {**dataset.unused, **others},
            "latest_result": None if latest is None else moment_text(latest),
            "detail": "; ".join([*_counted(rejected), *dataset.remarks, *snapshot.base.league_remarks])
            or None,
        }

    def _model_health(self) -> ModelHealth:
        if self._model is not None:
            return {
                "status": "ok" if self._model_detail is None else "invalid",
                "model_id": self._model.model_id,
                "detail": self._model_detail,
            }
        problem = self._model_problem
        return {
            "status": "invalid" if isinstance(problem, ModelInvalid) else "missing",
            "model_id": None,
            "detail": _detail(problem),
        }


def _resolved(query: PredictQuery, snapshot: Snapshot) -> Subject | ServiceError:
    try:
        return subject_of(query, snapshot)
    except NotFound as wrong:
        return wrong


@dataclass(frozen=True)
class _Given:
    """What a model is told of n matches: features (n, F), and of those on `neutral` ground also `swapped`."""

    features: Features
    neutral: list[int]
    swapped: Features

    @classmethod
    def of(cls, subjects: Sequence[Subject]) -> _Given:
        features = np.stack([subject.features for subject in subjects])
        neutral = [row for row, subject in enumerate(subjects) if subject.swapped is not None]
        changed = [subject.swapped for subject in subjects if subject.swapped is not None]
        return cls(features, neutral, np.stack(changed) if changed else features[:0])


def _of_given(
    model: ServingModel, market: Market, given: _Given, prices: MatchPrices, priced: NDArray[np.bool_]
) -> Array:
    """Every match's probabilities (n, k); on neutral ground the mean of both ways round."""
    probabilities = _probabilities(model, market, given.features, prices.implied, prices.deviations, priced)
    neutral = given.neutral
    if neutral:
        implied, deviations = swapped(prices, market)
        others = _probabilities(
            model, market, given.swapped, implied[neutral], deviations[neutral], priced[neutral]
        )
        others = market.swap_teams(others)
        probabilities[neutral] = (probabilities[neutral] + others) / 2.0
    return probabilities


def _probabilities(
    model: ServingModel,
    market: Market,
    features: Features,
    implied: Array,
    deviations: Features,
    priced: NDArray[np.bool_],
) -> Array:
    if priced.all() or not priced.any():
        return model.of(market.key, bool(priced[0])).predict(features, implied, deviations)
    out = np.empty((len(features), market.size))
    for rows, with_odds in ((~priced, False), (priced, True)):
        out[rows] = model.of(market.key, with_odds).predict(features[rows], implied[rows], deviations[rows])
    return out


def _counted(rows: Mapping[str, int]) -> list[str]:
    """Rows by reason as one sentence, none where there are none."""
    return [", ".join(f"{n} {reason}" for reason, n in sorted(rows.items()))] if rows else []


def _detail(problem: ServiceError) -> str:
    return problem.message if problem.hint is None else f"{problem.message}; {problem.hint}"
