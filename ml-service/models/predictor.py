"""Predictions: the current model asked about what is known of a match before it kicks off."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config import Settings
from db.reader import Reader
from db.schema import FINISHED
from errors import (
    Busy,
    DatabaseError,
    DatabaseInvalidSchema,
    DatabaseMissing,
    FixtureNotFound,
    LeagueNotFound,
    ModelError,
    ModelInvalid,
    ModelNotTrained,
    NoCurrentModel,
    ServiceError,
    TeamNotFound,
)
from features.catalogue import FEATURES
from features.follower import Follower
from features.history import History
from markets.consensus import deviations
from markets.odds import margin
from markets.outcomes import BY_KEY, MARKETS, MATCH_WINNER, Market
from markets.prices import NEVER, Board, Prices, Quotes, board
from markets.value import ValueBet, value_bet
from models.explanation import explain
from models.market_model import MarketModel
from models.query import MatchQuery, PredictQuery
from models.serving import ServingModel
from models.store import ModelStore, load_serving
from times import DAY_SECONDS, moment_text, now

Array = NDArray[np.float64]
Features = NDArray[np.float32]

REQUEST_BOOKMAKER = 1
"""Stands for the one bookmaker behind prices that came with a request; no id of it is ever shown."""

_COLUMN = {feature.name: place for place, feature in enumerate(FEATURES)}


@dataclass(frozen=True)
class Subject:
    """What is asked about; `moment` is the present, or the kick-off where that is past."""

    fixture_id: int | None
    league_id: int
    home_team_id: int
    away_team_id: int
    kickoff: int
    moment: int
    finished: bool
    neutral: bool
    features: Features


@dataclass(frozen=True)
class Quoted:
    """One market's price of one match: odds, the market's fair probabilities, and what others quoted."""

    prices: Prices
    fair: Array
    deviations: Features
    source: str

    @property
    def odds(self) -> list[float] | None:
        """Decimal odds in the order of the outcomes; None without a price."""
        return self.prices.odds[0].tolist() if self.prices.known[0] else None


class Forecaster:
    """Serves predictions of the current model. One thread predicts; `warm_up` may run in another before."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = ModelStore(settings.model_dir)
        self._follower = Follower(settings.db_path, settings.bookmakers)
        self._prices = Reader(settings.db_path, lock_timeout_seconds=0.25)
        self._model: ServingModel | None = None
        self._model_problem: ServiceError | None = ModelNotTrained("no model has been trained yet")
        self._model_detail: str | None = None
        self._model_stamp: object = None
        self._switching = threading.Lock()

    def warm_up(self) -> None:
        """Read the database and the current model; what fails shows in `health`."""
        self.refresh_model()
        try:
            self.load()
            self._follower.current()
        except (DatabaseError, Busy):
            return

    def close(self) -> None:
        """Release the database."""
        self._follower.close()
        self._prices.close()

    @property
    def loaded(self) -> bool:
        """Whether the database has been read; if not, `load` is due before a prediction."""
        return self._follower.loaded

    def load(self) -> None:
        """Read the whole database: seconds, for a thread. Raises DatabaseError."""
        self._follower.load()

    def keep_up(self) -> None:
        """Look whether anything old changed in the database, and read it anew then. For a thread."""
        if self._follower.loaded and not self._follower.verify():
            self._follower.load()

    def refresh_model(self) -> None:
        """Load the current model where it is not the one that serves."""
        with self._switching:
            stamp = (self._store.current_id(), tuple(self._store.ids()))
            if stamp == self._model_stamp:
                return
            try:
                self._model, self._model_detail = _newest_valid(self._store)
                self._model_problem = None
            except ModelError as wrong:
                self._model, self._model_detail, self._model_problem = None, None, wrong
            self._model_stamp = stamp

    def health(self) -> dict[str, Any]:
        """`ready`, `database` and `model` as /health shows them."""
        database = self._database_health()
        model = self._model_health()
        ready = database["status"] == "ok" and self._model is not None and self._follower.loaded
        return {"ready": ready, "database": database, "model": model}

    def current_meta(self) -> dict[str, Any]:
        """The meta of the model that serves. Raises NoCurrentModel or ModelInvalid."""
        if self._model is not None:
            return self._model.meta
        if isinstance(self._model_problem, ModelInvalid):
            raise self._model_problem
        raise NoCurrentModel("no model has been trained yet")

    def predict(self, query: PredictQuery) -> dict[str, Any]:
        """One prediction, as the contract has it."""
        model, history = self._serving_model(), self._history()
        subject = _asked(query, history)
        quotes = self._quotes([subject]) if query.use_odds or not query.odds else Quotes.none()
        quoted = _quoted([subject], quotes, self._settings.bookmakers)[0]
        given = {key: _from_request(BY_KEY[key], odds) for key, odds in query.odds.items()}
        return self._answer(model, history, subject, {**quoted, **given}, query.use_odds, query.explain)

    def predict_many(self, fixture_ids: Sequence[int], use_odds: bool, explain: bool) -> dict[str, Any]:
        """Predictions of fixtures in the order asked; `errors` names those that could not be answered."""
        model, history = self._serving_model(), self._history()
        subjects: list[Subject] = []
        errors: list[dict[str, Any]] = []
        for fixture_id in fixture_ids:
            try:
                subjects.append(_fixture(fixture_id, history))
            except FixtureNotFound as wrong:
                errors.append({"fixture_id": fixture_id, "error": wrong})
        quoted = _quoted(subjects, self._quotes(subjects), self._settings.bookmakers)
        predictions = [
            self._answer(model, history, subject, prices, use_odds, explain)
            for subject, prices in zip(subjects, quoted, strict=True)
        ]
        return {"predictions": predictions, "errors": errors, "model_id": model.model_id}

    def _answer(
        self,
        model: ServingModel,
        history: History,
        subject: Subject,
        quoted: Mapping[str, Quoted],
        use_odds: bool,
        explained: bool,
    ) -> dict[str, Any]:
        chosen = {m.key: model.of(m.key, use_odds and quoted[m.key].odds is not None) for m in MARKETS}
        predicted = {key: _probabilities(chosen[key], subject, quoted[key]) for key in chosen}
        bets, warnings = self._bets(model, predicted, quoted)
        fair = {key: quoted[key].fair[0].tolist() if quoted[key].odds else None for key in chosen}
        edges = {key: _edge(predicted[key], fair[key]) for key in chosen}
        return {
            "fixture_id": subject.fixture_id,
            "match": _match(subject, history),
            "prediction": {key: _by_outcome(key, values) for key, values in predicted.items()},
            "basis": {key: chosen[key].basis for key in chosen},
            "odds": {key: _by_outcome(key, quoted[key].odds) for key in chosen},
            "odds_source": {key: _source(quoted[key]) for key in chosen},
            "edge": {key: _by_outcome(key, edge) for key, edge in edges.items()}
            if any(edges.values())
            else None,
            "value_bets": [asdict(bet) for bet in bets],
            "explanation": _explained(chosen, subject, quoted) if explained else None,
            "warnings": [*self._warnings(model, history, subject, quoted), *warnings],
            "model_id": model.model_id,
            "data_as_of": moment_text(min(history.latest_result or subject.moment, subject.moment)),
        }

    def _bets(
        self, model: ServingModel, predicted: Mapping[str, list[float]], quoted: Mapping[str, Quoted]
    ) -> tuple[list[ValueBet], list[str]]:
        """Value bets, best first, on markets where the model has shown that it beats the price."""
        bets, unproven = [], False
        for key, values in predicted.items():
            odds = quoted[key].odds
            if odds is None:
                continue
            if self._settings.require_evidence and not model.beats_market(key):
                unproven = True
                continue
            bets.append(value_bet(BY_KEY[key], values, quoted[key].fair[0], odds, self._settings.min_edge))
        found = sorted((bet for bet in bets if bet), key=lambda bet: -bet.expected_value)
        return found, ["not_better_than_market"] if unproven and not found else []

    def _warnings(
        self, model: ServingModel, history: History, subject: Subject, quoted: Mapping[str, Quoted]
    ) -> list[str]:
        latest = history.latest_result
        stale_from = self._settings.stale_after_days * DAY_SECONDS
        known = [price for price in quoted.values() if price.odds is not None]
        found = {
            "home_team_without_history": not subject.features[_COLUMN["home_matches"]] > 0,
            "away_team_without_history": not subject.features[_COLUMN["away_matches"]] > 0,
            "league_without_history": not history.league_known(subject.league_id, subject.moment),
            "pools_not_connected": not history.connected(
                subject.home_team_id, subject.away_team_id, subject.moment
            ),
            "odds_missing": not known,
            "odds_implausible": any(margin(price.prices.odds)[0] < 0.0 for price in known),
            "in_training_data": subject.kickoff <= model.fitted_until,
            "stale_data": not subject.finished and (latest is None or subject.moment - latest > stale_from),
        }
        return [warning for warning, holds in found.items() if holds]

    def _serving_model(self) -> ServingModel:
        if self._model is None:
            self.refresh_model()
        if self._model is None:
            raise self._model_problem or ModelNotTrained("no model has been trained yet")
        return self._model

    def _history(self) -> History:
        if not self._follower.loaded:
            self._follower.load()
        return self._follower.current()[0]

    def _quotes(self, subjects: Sequence[Subject]) -> Quotes:
        """The database's prices of those subjects that are in it."""
        known = [subject for subject in subjects if subject.fixture_id is not None]
        if not known:
            return Quotes.none()
        return self._prices.quotes_of(
            np.array([subject.fixture_id for subject in known], dtype=np.int64),
            np.array([subject.kickoff for subject in known], dtype=np.int64),
        )

    def _database_health(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "fixtures": None,
            "rejected_rows": None,
            "latest_result": None,
            "detail": None,
        }
        try:
            if not self._follower.loaded:
                self._prices.stamp()
                return {"status": "ok", **shown, "detail": "not read yet"}
            history, _ = self._follower.current()
        except DatabaseMissing as wrong:
            return {"status": "missing", **shown, "detail": _detail(wrong)}
        except DatabaseInvalidSchema as wrong:
            return {"status": "invalid_schema", **shown, "detail": _detail(wrong)}
        except Busy as wrong:
            return {"status": "ok", **shown, "detail": _detail(wrong)}
        except DatabaseError as wrong:
            return {"status": "unreadable", **shown, "detail": _detail(wrong)}
        rejected = self._follower.rejected
        latest = history.latest_result
        return {
            "status": "ok",
            "fixtures": history.fixtures,
            "rejected_rows": sum(rejected.values()),
            "latest_result": None if latest is None else moment_text(latest),
            "detail": ", ".join(f"{n} {reason}" for reason, n in sorted(rejected.items())) or None,
        }

    def _model_health(self) -> dict[str, Any]:
        if self._model is not None:
            status = "ok" if self._model_detail is None else "invalid"
            return {"status": status, "model_id": self._model.model_id, "detail": self._model_detail}
        problem = self._model_problem
        status = "invalid" if isinstance(problem, ModelInvalid) else "missing"
        return {"status": status, "model_id": None, "detail": _detail(problem) if problem else None}


def _newest_valid(store: ModelStore) -> tuple[ServingModel, str | None]:
    """The current model, else the newest that serves, with a sentence that says why."""
    stored, detail = load_serving(store)
    try:
        return ServingModel(stored), detail
    except ModelInvalid as wrong:
        refused = wrong
    for model_id in reversed(store.ids()):
        try:
            return ServingModel(store.load(model_id)), refused.message
        except ModelInvalid:
            continue
    raise refused


def _asked(query: PredictQuery, history: History) -> Subject:
    if query.match is not None:
        return _hypothetical(query.match, history)
    return _fixture(query.fixture_id or 0, history)


def _fixture(fixture_id: int, history: History) -> Subject:
    known = history.find(fixture_id)
    if known is None:
        raise FixtureNotFound(f"there is no fixture {fixture_id}")
    return Subject(
        known.fixture_id,
        known.league_id,
        known.home_team_id,
        known.away_team_id,
        known.kickoff,
        min(known.kickoff, now()),
        known.state == FINISHED,
        neutral=False,
        features=known.features,
    )


def _hypothetical(match: MatchQuery, history: History) -> Subject:
    if match.league_id not in history.leagues:
        raise LeagueNotFound(f"there is no league {match.league_id}")
    for team_id in (match.home_team_id, match.away_team_id):
        if team_id not in history.teams:
            raise TeamNotFound(f"there is no team {team_id}")
    kickoff = int(match.kickoff.timestamp())
    features = history.read(match.league_id, match.home_team_id, match.away_team_id, kickoff)
    if match.neutral:
        swapped = history.read(match.league_id, match.away_team_id, match.home_team_id, kickoff)
        features = np.stack([features, swapped])
    return Subject(
        None,
        match.league_id,
        match.home_team_id,
        match.away_team_id,
        kickoff,
        min(kickoff, now()),
        finished=False,
        neutral=match.neutral,
        features=features,
    )


def _quoted(subjects: Sequence[Subject], quotes: Quotes, order: Sequence[int]) -> list[dict[str, Quoted]]:
    """Every subject's price on every market as it is at the subject's moment."""
    ids = np.array([subject.fixture_id or 0 for subject in subjects], dtype=np.int64)
    kickoffs = np.array([subject.kickoff for subject in subjects], dtype=np.int64)
    moments = np.array([subject.moment for subject in subjects], dtype=np.int64)
    quoted: list[dict[str, Quoted]] = [{} for _ in subjects]
    for market in MARKETS:
        shown = board(quotes, market, ids, kickoffs, moments)
        whole = _priced(shown, shown.preferred(order), "database")
        for row, prices in enumerate(quoted):
            prices[market.key] = _row(whole, row)
    return quoted


def _from_request(market: Market, odds: Sequence[float]) -> Quoted:
    """A price that came with the request, the only one there is."""
    one = np.zeros(1, dtype=np.int64)
    shown = Board(1, market.size, one, one + REQUEST_BOOKMAKER, one, np.array([odds], dtype=np.float64))
    prices = shown.preferred(())
    return _priced(shown, prices, "request")


def _priced(shown: Board, prices: Prices, source: str) -> Quoted:
    fair = prices.implied()
    return Quoted(prices, fair, deviations(shown, fair, prices.odds), source)


def _row(whole: Quoted, row: int) -> Quoted:
    one = slice(row, row + 1)
    prices = whole.prices
    return Quoted(
        Prices(prices.odds[one], prices.bookmaker_id[one], prices.captured_at[one]),
        whole.fair[one],
        whole.deviations[one],
        whole.source,
    )


def _probabilities(model: MarketModel, subject: Subject, quoted: Quoted) -> list[float]:
    """The model's probabilities; on a neutral ground the mean of both teams at home."""
    if not subject.neutral:
        return list(model.predict(subject.features[None, :], quoted.fair, quoted.deviations)[0].tolist())
    order = [2, 1, 0] if model.market is MATCH_WINNER else [0, 1]
    fair = np.concatenate([quoted.fair, quoted.fair[:, order]])
    both = np.repeat(quoted.deviations, 2, axis=0)
    if model.market is MATCH_WINNER:
        both[1, :9] = both[1, [2, 1, 0, 5, 4, 3, 8, 7, 6]]
    first, second = model.predict(subject.features, fair, both)
    return list(((first + second[order]) / 2.0).tolist())


def _explained(
    chosen: Mapping[str, MarketModel], subject: Subject, quoted: Mapping[str, Quoted]
) -> list[dict[str, Any]]:
    key = MATCH_WINNER.key
    features = subject.features.reshape(-1, len(FEATURES))[:1]
    return explain(chosen[key], features, quoted[key].fair, quoted[key].deviations)


def _edge(predicted: list[float], fair: list[float] | None) -> list[float] | None:
    return None if fair is None else [p - f for p, f in zip(predicted, fair, strict=True)]


def _by_outcome(key: str, values: Sequence[float] | None) -> dict[str, float] | None:
    return None if values is None else dict(zip(BY_KEY[key].outcomes, values, strict=True))


def _source(quoted: Quoted) -> dict[str, Any] | None:
    if quoted.odds is None:
        return None
    if quoted.source == "request":
        return {"from": "request", "bookmaker_id": None, "captured_at": None}
    captured = int(quoted.prices.captured_at[0])
    return {
        "from": "database",
        "bookmaker_id": int(quoted.prices.bookmaker_id[0]),
        "captured_at": None if captured == NEVER else moment_text(captured),
    }


def _match(subject: Subject, history: History) -> dict[str, Any]:
    return {
        "league_id": subject.league_id,
        "league": history.leagues[subject.league_id],
        "home_team_id": subject.home_team_id,
        "home_team": history.teams[subject.home_team_id],
        "away_team_id": subject.away_team_id,
        "away_team": history.teams[subject.away_team_id],
        "date": moment_text(subject.kickoff),
    }


def _detail(problem: ServiceError) -> str:
    return problem.message if problem.hint is None else f"{problem.message}; {problem.hint}"
