"""What a sceptic may conclude: whether a difference could be luck, and how many matches it would take to know."""

from __future__ import annotations

import math
from dataclasses import dataclass

Interval = tuple[float, float]

_Z95 = 1.959964
_Z80 = 0.841621
"""An interval that excludes zero four times in five (power 80%) needs an effect of _Z95 + _Z80 standard errors."""

_MOST = 1e9


@dataclass(frozen=True)
class Finding:
    """One comparison in plain words. `could_be_luck` and `needed` (how many it takes to know) may be unknown."""

    sentence: str
    could_be_luck: bool | None
    needed: int | None


def needed(effect: float, interval: Interval, n: int) -> int | None:
    """Sample size at which an effect of this size would show with 80% power, from n's 95% interval.

    None where it is beyond counting. Standard errors shrink with the square root of n (Cohen 1988).
    """
    error = (interval[1] - interval[0]) / (2.0 * _Z95)
    if effect == 0.0 or error == 0.0:
        return None
    size = n * ((_Z95 + _Z80) * error / abs(effect)) ** 2
    return math.ceil(size) if size < _MOST else None


def against_market(n: int, difference: float, interval: Interval | None) -> Finding:
    """The model's log-loss against the market's on `n` matches; `difference` below 0 favours the model."""
    if interval is None:
        return Finding(
            f"Model and market were compared on {_count(n)} matches, on too few days to say anything.",
            None,
            None,
        )
    luck = interval[0] <= 0.0 <= interval[1]
    takes = needed(difference, interval, n)
    side = "better" if difference < 0.0 else "worse"
    figures = (
        f"Over {_count(n)} matches the model's log-loss is {abs(difference):.4f} {side} than the market's "
        f"(95% interval of the difference {interval[0]:+.4f} to {interval[1]:+.4f})"
    )
    return Finding(f"{figures}: {_market_conclusion(luck, difference, takes)}", luck, takes)


def of_profit(bets: int, gain: float | None, interval: Interval | None) -> Finding:
    """What the yield `gain` (profit by turnover) of `bets` settled bets says."""
    if bets == 0 or gain is None:
        return Finding("No bet was made and settled, so nothing can be said about profit.", None, None)
    if interval is None:
        return Finding(f"{_bets(bets)} yielded {gain:+.1%}, on too few days to tell from luck.", None, None)
    luck = interval[0] <= 0.0 <= interval[1]
    takes = needed(gain, interval, bets)
    figures = f"{_bets(bets)} yielded {gain:+.1%} (95% interval {interval[0]:+.1%} to {interval[1]:+.1%})"
    return Finding(f"{figures}: {_profit_conclusion(luck, gain, takes)}", luck, takes)


def headline(market: Finding | None, profit: Finding, difference: float | None, gain: float | None) -> str:
    """The whole in one sentence."""
    if profit.could_be_luck is False and gain is not None and gain < 0.0:
        return "Betting by this model lost money, beyond bad luck."
    if market is None or difference is None:
        return "There was no market to compare with, so nothing shows that betting by this model pays."
    won = profit.could_be_luck is False
    if market.could_be_luck is False and difference < 0.0:
        return _better(won)
    if won:
        return "The bets made money beyond luck, though over all matches the model is not shown to beat the market."
    if market.could_be_luck is False:
        return "The market knows more than this model: nothing here suggests betting by it."
    return "Nothing here shows that this model knows more than the market."


def _better(won: bool) -> str:
    if won:
        return "The model knew more than the market, and betting by it made money beyond luck."
    return "The model knew more than the market, but its profit or loss could still be luck."


def _market_conclusion(luck: bool, difference: float, takes: int | None) -> str:
    if not luck:
        return (
            "more than luck explains."
            if difference < 0.0
            else "the market is better, and that is no accident."
        )
    if takes is None:
        return "no difference to speak of."
    return f"this could be luck; if it is real, it would take about {_count(takes)} matches to show."


def _profit_conclusion(luck: bool, gain: float, takes: int | None) -> str:
    if not luck:
        return "a profit beyond luck." if gain > 0.0 else "a loss beyond bad luck."
    if takes is None:
        return "this could be luck."
    return f"this could be luck; if it is real, it would take about {_count(takes)} bets to show."


def _bets(n: int) -> str:
    return "1 bet" if n == 1 else f"{_count(n)} bets"


def _count(n: int) -> str:
    return f"{n:,}"
