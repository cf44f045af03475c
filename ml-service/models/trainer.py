"""The training pipeline: from the database to a saved model, and to the decision whether it serves."""

from __future__ import annotations

import hashlib
import time
from contextlib import closing
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timezone
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.progress import Progress, within
from common.times import DAY_SECONDS, day_start, day_text, moment_text
from config import Settings
from contract.model import Card, Data, Description, FurtherEvidence
from contract.values import Basis
from db.dataset import Dataset
from db.leagues import check_selection
from db.reader import Reader
from errors import InsufficientData, ModelError
from markets.registry import MARKETS
from models import fitting
from models.drift import reference
from models.further_evidence import further_evidence
from models.market_model import BASES, WITH_ODDS, MarketModel
from models.model_card import TestForecasts, card, forecasts
from models.promotion import Decision, decide
from models.query import TrainRequest
from models.store import FORMAT_VERSION, ModelStore, StoredModel, load_serving, new_model_id
from models.training_data import TrainingData, data_by_market
from models.young import by_price, summary, trees_in_part, without_trees
from scores.first_half import Halves
from scores.halves_fit import fitted_halves

__all__ = ["TrainRequest", "TrainResult", "train"]

PACKAGES = ("lightgbm", "scikit-learn", "pandas", "numpy", "scipy", "shap")

READING, FEATURES, EVALUATING, FITTING, SAVING = (
    "reading the database",
    "computing features",
    "evaluating",
    "fitting",
    "saving",
)

# Fractions of a training's time as measured with 34,000 and 226,000 matches: from them comes what is left of it.
_READ, _DESCRIBED, _FITTED, _EVALUATION = 0.19, 0.25, 0.98, 0.55


@dataclass(frozen=True)
class TrainResult:
    """The meta of the model trained, whether it serves now, and why."""

    meta: dict[str, Any]
    promoted: bool
    reason: str


@dataclass(frozen=True)
class _Part:
    """One market and basis: its final model, its card and what its evaluation fit said of the test matches.

    The price itself stands in where there are `too_few` matches with prices; without any there is nothing else.
    """

    model: MarketModel | None
    card: Card | None
    on_test: TestForecasts | None
    too_few: InsufficientData | None = None


def train(request: TrainRequest, settings: Settings, progress: Progress) -> TrainResult:
    """Train every market with and without odds, save the model and promote it by `request.promote`.

    Raises InsufficientData with too few matches, LeagueNotFound or InvalidRequest for leagues that cannot be fitted
    on, and DatabaseError where there is no reading it.
    """
    started = time.monotonic()
    progress(READING, 0.0)
    with closing(Reader(settings.db_path)) as reader:
        whole = reader.load(further=True)
    check_selection(whole, request.league_ids or ())
    dataset = _until(whole, request)
    progress(FEATURES, _READ)
    rows = _selected(dataset, request)
    chosen = {key: whole.only(rows) for key, whole in data_by_market(dataset, settings.bookmakers).items()}
    _require(chosen)
    ids = dataset.fixtures["fixture_id"].to_numpy()[rows]
    parts = _parts(chosen, ids, settings.threads, progress)
    trained_on = reference(next(iter(chosen.values())).features)
    progress(SAVING, _FITTED)
    return _saved(request, settings, dataset, rows, parts, trained_on, time.monotonic() - started)


def _until(dataset: Dataset, request: TrainRequest) -> Dataset:
    """The dataset without what lies after the last day asked for."""
    if request.last is None:
        return dataset
    end = day_start(request.last) + DAY_SECONDS
    return dataset.only(dataset.fixtures["kickoff"].to_numpy() < end)


def _selected(dataset: Dataset, request: TrainRequest) -> NDArray[np.bool_]:
    """Which matches the models are fitted on; ratings follow all."""
    frame = dataset.fixtures
    rows = np.isfinite(frame["goals_home"].to_numpy())
    if request.league_ids is not None:
        rows &= frame["league_id"].isin(request.league_ids).to_numpy()
    if request.first is not None:
        rows &= frame["kickoff"].to_numpy() >= day_start(request.first)
    return np.asarray(rows)


def _require(chosen: dict[str, TrainingData]) -> None:
    matches = len(next(iter(chosen.values())))
    if matches < fitting.MIN_MATCHES:
        raise InsufficientData(matches, fitting.MIN_MATCHES)


def _parts(
    chosen: dict[str, TrainingData], ids: NDArray[np.int64], threads: int, progress: Progress
) -> dict[Basis, dict[str, _Part]]:
    """Every basis and market evaluated and fitted."""
    work = [(basis, key) for basis in BASES for key in chosen]
    parts: dict[Basis, dict[str, _Part]] = {basis: {} for basis in BASES}
    a_share = (_FITTED - _DESCRIBED) / sum(chosen[key].market.training_share for _, key in work)
    done = _DESCRIBED
    for basis, key in work:
        span = a_share * chosen[key].market.training_share
        parts[basis][key] = _part(chosen[key], basis, ids, threads, within(progress, done, span))
        done += span
    return parts


def _part(data: TrainingData, basis: str, ids: NDArray[np.int64], threads: int, progress: Progress) -> _Part:
    """One part: the price itself where prices are too few or of too few days."""
    name = f"{data.market.key} {basis.replace('_', ' ')}"
    progress(f"{EVALUATING} {name}", 0.0)
    try:
        evaluation = fitting.evaluate(data, basis, threads)
    except InsufficientData as too_few:
        if basis == WITH_ODDS:
            return _by_price(data, ids, too_few)
        raise
    on_test = forecasts(evaluation, data, ids)
    weight, matches = evaluation.recipe.weight, int(fitting.usable(data, basis).sum())
    model_card = card(evaluation, data, on_test, trees_in_part(weight, matches) if weight < 1.0 else None)
    progress(f"{FITTING} {name}", _EVALUATION)
    return _Part(fitting.fit(data, basis, threads, evaluation.recipe), model_card, on_test)


def _by_price(data: TrainingData, ids: NDArray[np.int64], too_few: InsufficientData) -> _Part:
    """The price itself as a part, without a card where no finished match has one."""
    evaluation = by_price(data)
    if evaluation is None:
        return _Part(None, None, None, too_few)
    on_test = forecasts(evaluation, data, ids)
    model_card = card(evaluation, data, on_test, without_trees(too_few))
    return _Part(evaluation.model, model_card, on_test, too_few)


def _saved(
    request: TrainRequest,
    settings: Settings,
    dataset: Dataset,
    rows: NDArray[np.bool_],
    parts: dict[Basis, dict[str, _Part]],
    trained_on: dict[str, list[list[float]]],
    seconds: float,
) -> TrainResult:
    store = ModelStore(settings.model_dir)
    created = datetime.now(timezone.utc)
    model_id = new_model_id(created)
    content = {**_content(model_id, dataset, rows, parts), "reference": trained_on}
    meta: Description = {
        "model_id": model_id,
        "created_at": moment_text(created.timestamp()),
        "format_version": FORMAT_VERSION,
        "markets": [market.key for market in MARKETS],
        "data": _data(request, dataset, rows),
        "training": {
            "seconds": round(seconds, 3),
            "parameters": fitting.PARAMETERS,
            "versions": {name: version(name) for name in PACKAGES},
        },
        "models": {
            basis: {key: part.card for key, part in markets.items()} for basis, markets in parts.items()
        },
        **_further(settings, dataset, parts),
    }
    decision = decide(request.promote, meta, content, _serving(store))
    few = [(key, part.too_few) for key, part in parts[WITH_ODDS].items() if part.too_few]
    return _published(store, content, meta, replace(decision, reason=decision.reason + summary(few)))


def _further(settings: Settings, dataset: Dataset, parts: dict[Basis, dict[str, _Part]]) -> FurtherEvidence:
    """The meta's `further`, only where the database has prices of further markets."""
    if len(dataset.further_quotes) == 0:
        return {}
    tests = {
        basis: {key: part.on_test for key, part in markets.items() if part.on_test}
        for basis, markets in parts.items()
    }
    return {"further": further_evidence(tests, dataset, settings.bookmakers)}


def _published(
    store: ModelStore, content: dict[str, Any], meta: Description, decision: Decision
) -> TrainResult:
    complete = store.save(
        content, {**meta, "promotion": {"promoted": decision.promoted, "reason": decision.reason}}
    )
    if decision.promoted:
        store.promote(meta["model_id"])
    store.prune()
    return TrainResult(complete, decision.promoted, decision.reason)


def _serving(store: ModelStore) -> StoredModel | None:
    try:
        return load_serving(store)[0]
    except ModelError:
        return None


def _content(
    model_id: str, dataset: Dataset, rows: NDArray[np.bool_], parts: dict[Basis, dict[str, _Part]]
) -> dict[str, Any]:
    return {
        "model_id": model_id,
        "fitted_until": int(dataset.fixtures["kickoff"].to_numpy()[rows].max()),
        "halves": list(astuple(_halves(dataset, rows))),
        "models": {
            basis: {key: part.model.to_plain() for key, part in markets.items() if part.model}
            for basis, markets in parts.items()
        },
        "tests": {
            basis: {key: part.on_test.to_plain() for key, part in markets.items() if part.on_test}
            for basis, markets in parts.items()
        },
    }


def _halves(dataset: Dataset, rows: NDArray[np.bool_]) -> Halves:
    """How goals fall into halves in the matches that the models are fitted on."""
    some = np.flatnonzero(rows)
    return fitted_halves(dataset.goals().only(some), dataset.fixtures["kickoff"].to_numpy()[some])


def _data(request: TrainRequest, dataset: Dataset, rows: NDArray[np.bool_]) -> Data:
    used = dataset.fixtures[rows]
    columns = ["fixture_id", "kickoff", "goals_home", "goals_away"]
    digest = hashlib.sha256(used[columns].to_numpy(dtype=np.float64).tobytes()).hexdigest()
    return {
        "fixtures": len(used),
        "league_ids": sorted({int(i) for i in used["league_id"]}),
        "selected_league_ids": sorted(request.league_ids) if request.league_ids is not None else None,
        "from": day_text(int(used["kickoff"].min())),
        "to": day_text(int(used["kickoff"].max())),
        "fingerprint": digest[:16],
    }
