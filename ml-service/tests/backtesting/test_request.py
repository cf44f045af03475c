"""What a request may ask."""

from __future__ import annotations

from datetime import date

import pytest

from backtesting.engine import BacktestRequest, StakingRules
from errors import InvalidRequest


def test_a_bad_request_names_each_bad_field() -> None:
    with pytest.raises(InvalidRequest) as wrong:
        BacktestRequest(date(2020, 1, 2), date(2020, 1, 1), market="1X2", staking=StakingRules(cap=2.0))
    assert wrong.value.fields is not None
    assert wrong.value.fields == {
        "from": "must be a day not after to",
        "market": "must be one of 1x2, ou25, btts, ah, dc, or ou and a line, such as ou3.5; there is no market '1X2'",
        "staking.cap": "must be a number above 0, at most 1",
    }
    assert "market must be one of 1x2, ou25, btts" in wrong.value.message
