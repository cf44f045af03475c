"""Predictions: the current model asked about what is known of a match before it kicks off."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from common.memory import trim
from common.times import moment_text, now
from config import Settings
from contract.health import DatabaseHealth, ModelHealth, PredictorHealth, unread_database
from contract.model import MetaAnswer, Monitoring
from contract.prediction import PredictionAnswer
from db.connection import Stamp
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
    ServiceError,
)
from live.cache import BaseCache
from live.follower import LiveHistory
from live.snapshot import Snapshot
from markets.market import Market
from markets.match_winner import MATCH_WINNER
from markets.prices import Quotes
from markets.registry import MARKETS
from models.answer import Answer, Standing, Unchanged
from models.answer_tag import circumstances, has_inputs, has_outcome, input_tags, outcome_tags
from models.drift import drift, since_training
from models.further_markets import add_further_bets, further_answers
from models.further_prices import FurtherPrices
from models.match import Knowledge, Subject, knowledge_of, subjects_of
from models.match_prices import MatchPrices, prices_of, swapped
from models.query import PredictQuery
from models.serializer import Answerer, MarketForecasts, without_history
from models.serving import ServingModel
from models.store import ModelStore, first_valid
from models.validity import validities
from scores.consistency import reconciled
from scores.grid import score_grids
from scores.score_numbers import ScoreNumbers, score_numbers

Array = NDArray[np.float64]
Features = NDArray[np.float32]

_Beside = tuple[ScoreNumbers | None, FurtherPrices | None]
"""What stands beside an answer's body: both where scores are asked for."""
_NOTHING: _Beside = (None, None)
_COUNTING = "rows that are not used are still being counted"


class Forecaster:
    """Serves predictions of the current model. One thread predicts; `warm_up` may run in another before."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = ModelStore(settings.model_dir)
        cache = BaseCache(settings.model_dir, settings.bookmakers)
        self._live = LiveHistory(settings.db_path, cache, settings.bookmakers)
        self._prices = Reader(settings.db_path, lock_timeout_seconds=0.25, indexes=self._live.indexes)
        self._model: ServingModel | None = None
        self._model_problem: ModelError = ModelNotTrained("no model has been trained yet")
        self._model_detail: str | None = None
        self._model_stamp: object = None
        self._switching = threading.Lock()
        self._monitoring: tuple[tuple[str, Snapshot, Stamp | None], Monitoring] | None = None
        self._standing: Standing | None = None

    def warm_up(self) -> None:
        """Read the database and the current model; what fails shows in `health`. `complete` is due then."""
        with ThreadPoolExecutor(1) as beside:
            model = beside.submit(self.refresh_model)
            with contextlib.suppress(DatabaseError, Busy):
                self._live.begin()
                self._live.current()
            model.result()

    def close(self) -> None:
        """Release the database."""
        self._live.close()
        self._prices.close()

    @property
    def loaded(self) -> bool:
        """Whether the database has been read; if not, `load` is due before a prediction."""
        return self._live.loaded

    def load(self) -> None:
        """Read what answers need of the database: seconds, for a thread. Raises DatabaseError.

        `complete` is due then.
        """
        self._live.begin()
        trim()

    @property
    def is_complete(self) -> bool:
        """Whether `complete` has nothing to do."""
        return self._live.is_complete

    def complete(self) -> None:
        """Do what `load` put off, which no answer needs: seconds, for a thread. Raises DatabaseError."""
        self._live.complete()

    def keep_up(self) -> None:
        """Look whether anything old changed in the database, and read it again then. For a thread."""
        self._live.keep_up()

    def refresh_model(self) -> None:
        """Load the current model where it is not the one that serves."""
        with self._switching:
            stamp = (self._store.current_id(), tuple(self._store.ids()))
            if stamp == self._model_stamp:
                return
            try:
                self._model, self._model_detail = first_valid(self._store, ServingModel)
            except ModelError as error:
                self._model, self._model_detail, self._model_problem = None, None, error
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
        standing = model.model_id, snapshot, self._live.stamp
        if self._monitoring is None or self._monitoring[0] != standing:
            self._monitoring = (standing, self._monitor(model, snapshot))
        return self._monitoring[1]

    def _monitor(self, model: ServingModel, snapshot: Snapshot) -> Monitoring:
        played = snapshot.played_since(model.fitted_until)
        answers = self.predict_batch([PredictQuery(int(i)) for i in played["fixture_id"]])
        answered = np.array([not isinstance(answer, ServiceError) for answer in answers], dtype=np.bool_)
        whole = [answer for answer in answers if not isinstance(answer, ServiceError)]
        finished = played[answered]
        labels = MATCH_WINNER.settle(finished["goals_home"].to_numpy(), finished["goals_away"].to_numpy())
        return {
            "drift": drift(model.reference, snapshot.coming()),
            "since_training": since_training(whole, labels, finished["kickoff"].to_numpy()),
        }

    def predict(self, query: PredictQuery) -> PredictionAnswer:
        """One prediction, as the contract has it. Raises what `predict_batch` answers."""
        (answer,) = self.predict_batch([query])
        if isinstance(answer, ServiceError):
            raise answer
        return answer

    def check_leagues(self, league_ids: Sequence[int]) -> None:
        """Raise LeagueNotFound or InvalidRequest for leagues that no job can do anything with.

        Says nothing before the database is read; a job looks for itself. Raises DatabaseError and Busy too.
        """
        if self._live.loaded:
            snapshot = self._live.current()
            check_leagues(league_ids, snapshot.leagues, snapshot.leagues_played)

    def standing(self) -> Standing:
        """What a prediction asked for now is made from, but that fixtures some days ahead may be out of date.

        Raises what `predict_batch` raises.
        """
        return self._standing_of([])

    def coming_ids(self) -> list[int]:
        """Ids of the fixtures to come, the nearest first. Raises DatabaseError and Busy."""
        return self._live.current().coming_ids(now()) if self._live.loaded else []

    def _standing_of(self, queries: Sequence[PredictQuery]) -> Standing:
        """What predictions of `queries` are made from."""
        model, snapshot = self._serving_model(), self._snapshot(queries)
        standing, stamp = self._standing, self._live.stamp
        is_new = standing is None or standing.model is not model or standing.snapshot is not snapshot
        if standing is None or is_new or standing.stamp != stamp:
            standing = self._standing = Standing(model, snapshot, stamp)
        return standing

    def predict_batch(self, queries: Sequence[PredictQuery]) -> list[PredictionAnswer | ServiceError]:
        """Every query's prediction, or why there is none, in the order asked.

        Raises ModelNotTrained, ModelInvalid, DatabaseError or Busy where no query at all can be answered.
        """
        answers = self.answer_batch(queries)
        return [answer if isinstance(answer, ServiceError) else answer.plain() for answer in answers]

    def answer_batch(self, queries: Sequence[PredictQuery]) -> list[Answer | ServiceError]:
        """As `predict_batch`, each prediction with how long it holds."""
        answers = self.renew_batch(queries, [None] * len(queries))
        return [answer for answer in answers if not isinstance(answer, Unchanged)]

    def renew_batch(
        self, queries: Sequence[PredictQuery], tags: Sequence[bytes | None]
    ) -> list[Answer | Unchanged | ServiceError]:
        """As `answer_batch`; only that it is unchanged where an answer would have the tag in `tags` (n,)."""
        standing = self._standing_of(queries)
        resolved = subjects_of(queries, standing.snapshot)
        rows = [row for row, subject in enumerate(resolved) if isinstance(subject, Subject)]
        subjects = [subject for subject in resolved if isinstance(subject, Subject)]
        some = [queries[row] for row in rows], [tags[row] for row in rows]
        answered = iter(self._answers(standing, subjects, *some))
        return [next(answered) if isinstance(each, Subject) else each for each in resolved]

    def _answers(
        self,
        standing: Standing,
        subjects: list[Subject],
        queries: list[PredictQuery],
        former: list[bytes | None],
    ) -> list[Answer | Unchanged]:
        if not subjects:
            return []
        stale_after = self._settings.stale_after_days
        knowledge = knowledge_of(subjects, standing.snapshot, stale_after)
        scored = [query.scores for query in queries]
        quotes, further_quotes = self._quotes(subjects, scored)
        held = validities(standing, subjects, (quotes, further_quotes), stale_after)
        around = circumstances(standing, subjects, knowledge, quotes, (scored, further_quotes))
        inputs = input_tags(around, subjects)
        rows = [row for row, tag in enumerate(inputs) if not has_inputs(former[row], tag)]
        answers: list[Answer | Unchanged] = [
            Unchanged(validity, tag or b"") for validity, tag in zip(held, former, strict=True)
        ]
        if not rows:
            return answers
        if len(rows) < len(subjects):
            chosen = [subjects[row] for row in rows]
            quotes, further_quotes = (_quotes_of(chosen, each) for each in (quotes, further_quotes))
        outlook = self._outlook(
            standing.model, [subjects[row] for row in rows], [queries[row] for row in rows], quotes
        )
        outcomes = outcome_tags([around[row] for row in rows], outlook.outcomes())
        tags = {row: inputs[row] + outcome for row, outcome in zip(rows, outcomes, strict=True)}
        for row, tag in tags.items():
            answers[row] = Unchanged(held[row], tag)
        new = [place for place, row in enumerate(rows) if not has_outcome(former[row], outcomes[place])]
        if new:
            others = [knowledge[rows[place]] for place in new]
            bodies = self._bodies(standing, outlook.only(new), others, further_quotes)
            for place, (body, numbers) in zip(new, bodies, strict=True):
                row = rows[place]
                answers[row] = Answer(body, held[row], tags[row], *numbers)
        return answers

    def _outlook(
        self, model: ServingModel, subjects: list[Subject], queries: list[PredictQuery], quotes: Quotes
    ) -> _Outlook:
        """What the model says of `subjects`."""
        prices = prices_of(subjects, [query.odds for query in queries], quotes, self._settings.bookmakers)
        allowed = np.array([query.use_odds for query in queries])
        inputs = _Inputs.of(subjects)
        priced = {key: of_market.available & allowed for key, of_market in prices.items()}
        probabilities = reconciled(
            {
                market.key: _forecast(model, market, inputs, prices[market.key], priced[market.key])
                for market in MARKETS
            }
        )
        return _Outlook(subjects, queries, inputs.features, prices, priced, probabilities)

    def _bodies(
        self, standing: Standing, outlook: _Outlook, knowledge: list[Knowledge], further_quotes: Quotes
    ) -> Iterator[tuple[PredictionAnswer, _Beside]]:
        model, snapshot = standing.model, standing.snapshot
        subjects, queries, prices, priced = outlook.subjects, outlook.queries, outlook.prices, outlook.priced
        probabilities = outlook.probabilities
        forecasts = {
            market.key: self._forecasts(
                model, market, probabilities[market.key], prices[market.key], priced[market.key]
            )
            for market in MARKETS
        }
        answerer = Answerer(model, snapshot, subjects, knowledge, outlook.features, forecasts)
        answers = answerer.answers()
        for row, query in enumerate(queries):
            if query.explain:
                answers[row]["explanation"] = answerer.explanation(row, subjects[row], prices, query.use_odds)
        rows = [row for row, query in enumerate(queries) if query.scores]
        beside: list[_Beside] = [_NOTHING] * len(answers)
        if rows:
            neutral = np.array([subjects[row].swapped is not None for row in rows])
            grids = score_grids({key: values[rows] for key, values in probabilities.items()}, neutral)
            saw_odds = np.any(list(priced.values()), axis=0)[rows]
            some = [subjects[row] for row in rows]
            further = further_answers(some, further_quotes, grids, saw_odds, model, self._settings)
            add_further_bets(answers, rows, further)
            scores = score_numbers(grids, neutral, model.halves)
            for row, numbers, one in zip(rows, scores, further, strict=True):
                beside[row] = numbers, one.prices
        return zip(answers, beside, strict=True)

    def _forecasts(
        self,
        model: ServingModel,
        market: Market,
        probabilities: Array,
        prices: MatchPrices,
        priced: NDArray[np.bool_],
    ) -> MarketForecasts:
        """Every match's forecast on a market, with what its price says where the model with odds answered."""
        without, with_odds = (model.beats_market(market.key, basis) for basis in (False, True))
        proven = np.where(priced, with_odds, without) | (not self._settings.require_evidence)
        return MarketForecasts.of(market, probabilities, priced, prices, proven, self._settings.min_edge)

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

    def _snapshot(self, queries: Sequence[PredictQuery]) -> Snapshot:
        """The snapshot that is right about `queries`."""
        ids = [query.fixture_id for query in queries if query.fixture_id is not None]
        return self._live.current_of(ids if len(ids) == len(queries) else None)

    def _quotes(self, subjects: Sequence[Subject], scored: Sequence[bool]) -> tuple[Quotes, Quotes]:
        """The database's prices of those subjects that are in it, and of the `scored` ones on further markets."""
        stored = [subject for subject in subjects if subject.fixture_id is not None]
        if not stored:
            return Quotes.none(), Quotes.none()
        ids = np.array([subject.fixture_id for subject in stored], dtype=np.int64)
        closes_at = np.array([subject.closes_at for subject in stored], dtype=np.int64)
        if not any(scored):
            return self._prices.quotes_of(ids, closes_at), Quotes.none()
        quotes, further = self._prices.both_quotes_of(ids, closes_at)
        return quotes, further if all(scored) else _quotes_of(list(compress(subjects, scored)), further)

    def _database_health(self) -> DatabaseHealth:
        try:
            if not self._live.loaded:
                self._prices.stamp()
                return unread_database("ok", "not read yet")
            snapshot = self._live.current()
        except DatabaseMissing as error:
            return unread_database("missing", _detail(error))
        except DatabaseInvalidSchema as error:
            return unread_database("invalid_schema", _detail(error))
        except Busy as error:
            return unread_database("ok", _detail(error))
        except DatabaseError as error:
            return unread_database("unreadable", _detail(error))
        dataset = snapshot.base.segment.dataset
        remarks = [*dataset.remarks, *snapshot.league_remarks]
        latest = snapshot.latest_result
        health = unread_database("ok", "; ".join([_COUNTING, *remarks]))
        health["fixtures"] = snapshot.fixtures
        health["latest_result"] = None if latest is None else moment_text(latest)
        if self._live.unread is None:
            return health
        unknown, others = self._live.unread.by_reason
        rejected = {**dataset.rejected, **unknown}
        return {
            **health,
            "rejected_rows": sum(rejected.values()),
            "rejected_by_reason": rejected,
            "unused_by_reason": {**dataset.unused, **others},
            "detail": "; ".join([*_counted(rejected), *remarks]) or None,
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


@dataclass(frozen=True)
class _Inputs:
    """What a model is told of n matches: features (n, F), and of those on `neutral` ground also `swapped`."""

    features: Features
    neutral: list[int]
    swapped: Features

    @classmethod
    def of(cls, subjects: Sequence[Subject]) -> _Inputs:
        features = np.stack([subject.features for subject in subjects])
        neutral = [row for row, subject in enumerate(subjects) if subject.swapped is not None]
        changed = [subject.swapped for subject in subjects if subject.swapped is not None]
        return cls(features, neutral, np.stack(changed) if changed else features[:0])


@dataclass(frozen=True)
class _Outlook:
    """What a model says of n matches: `probabilities` (n, k) by market, and what it was told.

    `features` are (n, F); `priced` (n,) by market tells where it saw a price.
    """

    subjects: list[Subject]
    queries: list[PredictQuery]
    features: Features
    prices: dict[str, MatchPrices]
    priced: dict[str, NDArray[np.bool_]]
    probabilities: dict[str, Array]

    def only(self, rows: list[int]) -> _Outlook:
        """Of some of the matches."""
        if len(rows) == len(self.subjects):
            return self
        return _Outlook(
            [self.subjects[row] for row in rows],
            [self.queries[row] for row in rows],
            self.features[rows],
            {key: prices.only(rows) for key, prices in self.prices.items()},
            {key: priced[rows] for key, priced in self.priced.items()},
            {key: values[rows] for key, values in self.probabilities.items()},
        )

    def outcomes(self) -> list[bytes]:
        """All of each answer (n,) that features bear on."""
        table = np.concatenate([*self.probabilities.values(), without_history(self.features)], axis=1)
        return [
            row.tobytes() + (features.tobytes() if query.explain else b"")
            for row, features, query in zip(table, self.features, self.queries, strict=True)
        ]


def _quotes_of(subjects: Sequence[Subject], quotes: Quotes) -> Quotes:
    """Those of `quotes` that are of `subjects`."""
    ids = [subject.fixture_id for subject in subjects if subject.fixture_id is not None]
    return quotes.only(np.isin(quotes.fixture_id, np.array(ids, dtype=np.int64)))


def _forecast(
    model: ServingModel, market: Market, inputs: _Inputs, prices: MatchPrices, priced: NDArray[np.bool_]
) -> Array:
    """Every match's probabilities (n, k); on neutral ground the mean of both ways round."""
    probabilities = _probabilities(model, market, inputs.features, prices.implied, prices.deviations, priced)
    neutral = inputs.neutral
    if neutral:
        implied, deviations = swapped(prices, market)
        others = _probabilities(
            model, market, inputs.swapped, implied[neutral], deviations[neutral], priced[neutral]
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
