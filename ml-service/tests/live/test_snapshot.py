"""A base history and what came after it say the same as one pass over everything."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from config import Settings
from db.dataset import Dataset
from db.reader import Reader
from db.schema import FINISHED
from db.upcoming import RecentFixtures
from features.builder import FEATURES, build
from features.closings import Closings, sharpness_of
from live.snapshot import BaseHistory, Snapshot, cut_of
from markets import sharpness

pytestmark = pytest.mark.usefixtures("short_memory")

ORDER = Settings().bookmakers
DAY = 86_400


@pytest.fixture(scope="module")
def dataset(world: Path) -> Dataset:
    with closing(Reader(world)) as reader:
        return reader.load()


def history_of(dataset: Dataset) -> Snapshot:
    base = BaseHistory.of(dataset, Closings.of(dataset, ORDER), cut_of(dataset.fixtures))
    recent = (dataset.fixtures["kickoff"] >= base.since).to_numpy()
    return Snapshot(base, RecentFixtures.of(dataset.only(recent)), ORDER)


@pytest.fixture(scope="module")
def snapshot(dataset: Dataset) -> Snapshot:
    return history_of(dataset)


def test_there_is_an_archive_with_checkpoints_and_a_part_after_it(snapshot: Snapshot) -> None:
    assert len(snapshot.base.checkpoints) > 5
    assert 120 <= len(snapshot.near.fixtures) < 250


def test_every_fixture_has_the_features_that_training_sees(snapshot: Snapshot, dataset: Dataset) -> None:
    frame = dataset.fixtures
    whole = build(dataset, frame["kickoff"].to_numpy(), ORDER)
    matches = snapshot.find_all(frame["fixture_id"].tolist())
    np.testing.assert_array_equal([match.features for match in matches if match], whole)


def test_closing_prices_after_the_cut_rest_on_all_earlier_seasons(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = dataset.fixtures
    kickoffs = frame["kickoff"].to_numpy()
    monkeypatch.setattr(sharpness, "MIN_TOGETHER", 300)  # matches of the first two seasons
    monkeypatch.setattr(sharpness, "OVERTAKING_ERRORS", -np.inf)
    cut = int(kickoffs[250])  # in the second season
    base = BaseHistory.of(dataset, Closings.of(dataset, ORDER), cut, sharpness_of(dataset, before=cut))
    recent = RecentFixtures.of(dataset.only(kickoffs >= base.since))
    matches = Snapshot(base, recent, ORDER).find_all(frame["fixture_id"].tolist())
    whole = build(dataset, kickoffs, ORDER)
    np.testing.assert_array_equal([match.features for match in matches if match], whole)


def test_every_fixture_is_found_by_its_api_id_too(dataset: Dataset) -> None:
    frame = dataset.fixtures.assign(api_id=1_200_000 + 3 * dataset.fixtures["fixture_id"].to_numpy()[::-1])
    known_by_api = history_of(replace(dataset, fixtures=frame))
    for fixture_id, api_id in zip(frame["fixture_id"].tolist(), frame["api_id"].tolist(), strict=True):
        match = known_by_api.find_api(api_id)
        assert match is not None
        assert (match.fixture_id, match.api_id) == (fixture_id, api_id)
        assert known_by_api.find_api(api_id + 1) is None


def test_fixtures_without_an_api_id_are_not_found_by_its_absence(dataset: Dataset) -> None:
    assert history_of(replace(dataset, fixtures=dataset.fixtures.assign(api_id=-1))).find_api(-1) is None


def test_a_match_asked_for_by_its_teams_and_date_has_the_features_of_the_fixture(
    snapshot: Snapshot, dataset: Dataset
) -> None:
    for row in range(3, len(dataset.fixtures), 17):
        match = dataset.fixtures.iloc[row]
        fixture = snapshot.find(int(match["fixture_id"]))
        assert fixture is not None
        features = snapshot.read(
            fixture.league_id, fixture.home_team_id, fixture.away_team_id, fixture.kickoff
        )
        np.testing.assert_array_equal(features, fixture.features)


def test_asking_twice_and_in_any_order_answers_the_same(snapshot: Snapshot) -> None:
    moments = [1_540_000_000, 1_640_000_000, 1_600_000_000, 1_800_000_000]
    first = [snapshot.read(1, 1, 2, moment) for moment in moments]
    again = [snapshot.read(1, 1, 2, moment) for moment in reversed(moments)]
    np.testing.assert_array_equal(first, again[::-1])


def test_a_match_after_everything_sees_all_results(snapshot: Snapshot, dataset: Dataset) -> None:
    late = int(dataset.fixtures["kickoff"].max()) + 30 * DAY
    features = snapshot.read(1, 1, 2, late)
    played = ((dataset.fixtures[["home_team_id", "away_team_id"]] == 1).any(axis=1)) & (
        dataset.fixtures["state"] == FINISHED
    )
    place = [feature.name for feature in FEATURES].index("home_matches")
    assert features[place] == played.sum()


def test_fixtures_some_days_ahead_are_the_same_apart_from_the_others(
    snapshot: Snapshot, dataset: Dataset
) -> None:
    recent = dataset.only((dataset.fixtures["kickoff"] >= snapshot.base.since).to_numpy())
    ended = recent.fixtures["state"] == FINISHED
    ahead = (recent.fixtures["kickoff"] >= recent.fixtures["known_at"][ended].max()).to_numpy()
    assert 0 < ahead.sum() < len(ahead)
    parts = RecentFixtures(recent.only(~ahead), recent.only(ahead).fixtures)
    assert parts.apart() is parts
    apart = Snapshot(snapshot.base, parts, ORDER)
    ids = dataset.fixtures["fixture_id"].tolist()
    for one, other in zip(apart.find_all(ids), snapshot.find_all(ids), strict=True):
        assert one is not None
        assert other is not None
        np.testing.assert_array_equal(one.features, other.features)
        assert one._replace(features=other.features) == other
    last = dataset.fixtures.iloc[-1]
    for moment in range(snapshot.base.cut - DAY, int(last["kickoff"]) + 40 * DAY, 3 * DAY):
        assert apart.coming_ids(moment) == snapshot.coming_ids(moment)
        assert apart.latest_known(moment) == snapshot.latest_known(moment)
        assert apart.next_known(moment) == snapshot.next_known(moment)
        np.testing.assert_array_equal(apart.read(1, 1, 2, moment), snapshot.read(1, 1, 2, moment))
    api_id = int(last["api_id"])
    assert apart.find_api(api_id) is not None
    assert (apart.fixtures, apart.leagues_played) == (snapshot.fixtures, snapshot.leagues_played)
    np.testing.assert_array_equal(apart.coming(), snapshot.coming())


def test_a_fixture_ahead_of_a_late_result_stands_beside_it(snapshot: Snapshot, dataset: Dataset) -> None:
    recent = dataset.only((dataset.fixtures["kickoff"] >= snapshot.base.since).to_numpy())
    early = np.arange(len(recent.fixtures)) < 3
    parts = RecentFixtures(recent.only(~early), recent.only(early).fixtures).apart()
    assert len(parts.upcoming) == 0
    assert parts.near.fixtures.equals(recent.fixtures)


def test_an_unknown_fixture_is_not_found(snapshot: Snapshot) -> None:
    for fixture_id in (0, -5, 721, 10**15):
        assert snapshot.find(fixture_id) is None


def test_the_latest_known_is_the_newest_result_known_at_the_moment(
    snapshot: Snapshot, dataset: Dataset
) -> None:
    frame = dataset.fixtures[dataset.fixtures["state"] == FINISHED]
    for moment in np.linspace(frame["kickoff"].min() - DAY, frame["kickoff"].max() + DAY, 60).astype(int):
        kickoffs = frame[frame["known_at"] <= moment]["kickoff"]
        assert snapshot.latest_known(int(moment)) == (kickoffs.max() if len(kickoffs) else None)


def test_a_league_is_known_from_its_first_result_on(snapshot: Snapshot, dataset: Dataset) -> None:
    first = int(dataset.fixtures.loc[dataset.fixtures["league_id"] == 2, "known_at"].min())
    assert [snapshot.league_known(2, first - 1), snapshot.league_known(2, first)] == [False, True]
    assert not snapshot.league_known(77, first)


def test_teams_of_leagues_that_never_met_are_not_connected(snapshot: Snapshot, dataset: Dataset) -> None:
    end = int(dataset.fixtures["kickoff"].max())
    assert snapshot.connected(1, 10, end)
    assert not snapshot.connected(1, 11, end)
    assert not snapshot.connected(1, 10, int(dataset.fixtures["kickoff"].min()))


def test_fixtures_are_counted_once(snapshot: Snapshot, dataset: Dataset) -> None:
    assert snapshot.fixtures == len(dataset.fixtures)


def test_a_history_of_nothing_answers_that_nothing_is_known(dataset: Dataset) -> None:
    empty = history_of(dataset.only(np.zeros(len(dataset.fixtures), dtype=np.bool_)))
    assert empty.find(1) is None
    assert empty.latest_result is None
    assert empty.latest_known(2_000_000_000) is None
    assert empty.read(1, 1, 2, 1_700_000_000).shape == (len(FEATURES),)


def test_the_first_match_of_a_season_counts_for_the_season_whether_asked_by_date_or_in_the_database(
    dataset: Dataset,
) -> None:
    """A league that plays from March to November calls its season by that year."""
    march = 200 * DAY
    frame = dataset.fixtures.copy()
    frame[["kickoff", "known_at"]] += march
    frame["season"] += 1
    shifted = Dataset(frame, dataset.quotes, dataset.leagues, dataset.teams, {})
    first = frame[frame["season"] == 2021].iloc[0]
    fixture = history_of(shifted).find(int(first["fixture_id"]))
    assert fixture is not None
    without = history_of(shifted.only((frame["kickoff"] < fixture.kickoff).to_numpy()))
    features = without.read(fixture.league_id, fixture.home_team_id, fixture.away_team_id, fixture.kickoff)
    np.testing.assert_array_equal(features, fixture.features)
