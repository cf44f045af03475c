"""What a sceptic may conclude: whether a difference could be luck, and how many matches would be needed to tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from contract.backtest import Finding
from evaluation.intervals import Z95

Interval = Sequence[float]
"""Its lower and its upper end."""

_Z80 = 0.841621
"""An interval that excludes zero four times in five (power 80%) needs an effect of Z95 + _Z80 standard errors."""

MAX_SAMPLE_SIZE = 1e9
"""Sample sizes from which on no number is given."""


@dataclass(frozen=True)
class Conclusion:
    """One comparison in a sentence; what is unknown is None.

    `sample_size` is how many matches or bets are required to tell the difference from luck.
    """

    sentence: str
    could_be_luck: bool | None
    sample_size: int | None

    def to_plain(self) -> Finding:
        """The conclusion as part of the answer's `evidence`."""
        return {
            "sentence": self.sentence,
            "could_be_luck": self.could_be_luck,
            "needed_to_know": self.sample_size,
        }


def required_sample_size(effect: float, interval: Interval, n: int) -> int | None:
    """Sample size at which an effect of this size shows with 80% power, from its 95% `interval` over a sample of n.

    Standard errors shrink with the square root of n (Cohen 1988). None without an effect, or for more than
    MAX_SAMPLE_SIZE.
    """
    error = (interval[1] - interval[0]) / (2.0 * Z95)
    if effect == 0.0 or error == 0.0:
        return None
    size = n * ((Z95 + _Z80) * error / abs(effect)) ** 2
    return math.ceil(size) if size < MAX_SAMPLE_SIZE else None


def compare_with_market(n: int, difference: float, interval: Interval | None) -> Conclusion:
    """The model's log-loss less the market's on `n` matches, in nats: a `difference` below 0 favours the model."""
    if interval is None:
        return Conclusion(
            f"Model and market were compared on {_count(n)} matches, on too few days to say anything.",
            None,
            None,
        )
    luck = interval[0] <= 0.0 <= interval[1]
    size = required_sample_size(difference, interval, n)
    side = "better" if difference < 0.0 else "worse"
    figures = (
        f"Over {_count(n)} matches the model's log-loss is {abs(difference):.4f} {side} than the market's "
        f"(95% interval of the difference {interval[0]:+.4f} to {interval[1]:+.4f})"
    )
    return Conclusion(f"{figures}: {_market_conclusion(luck, difference, size)}", luck, size)


def judge_profit(bets: int, bet_yield: float | None, interval: Interval | None) -> Conclusion:
    """Whether the yield (profit by turnover) of so many settled `bets` could be luck."""
    if bets == 0 or bet_yield is None:
        return Conclusion("No bet was made and settled, so nothing can be said about profit.", None, None)
    if interval is None:
        return Conclusion(
            f"{_bets(bets)} yielded {bet_yield:+.1%}, on too few days to tell from luck.", None, None
        )
    luck = interval[0] <= 0.0 <= interval[1]
    size = required_sample_size(bet_yield, interval, bets)
    figures = (
        f"{_bets(bets)} yielded {bet_yield:+.1%} (95% interval {interval[0]:+.1%} to {interval[1]:+.1%})"
    )
    return Conclusion(f"{figures}: {_profit_conclusion(luck, bet_yield, size)}", luck, size)


def headline(
    market: Conclusion | None, profit: Conclusion, difference: float | None, bet_yield: float | None
) -> str:
    """The verdict in one sentence, from both conclusions, the difference in log-loss and the yield."""
    if profit.could_be_luck is False and bet_yield is not None and bet_yield < 0.0:
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


def _market_conclusion(luck: bool, difference: float, size: int | None) -> str:
    if not luck:
        return (
            "more than luck explains."
            if difference < 0.0
            else "the market is better, and that is no accident."
        )
    if size is None:
        return "no difference to speak of."
    return f"this could be luck; if it is real, it would take about {_count(size)} matches to show."


def _profit_conclusion(luck: bool, bet_yield: float, size: int | None) -> str:
    if not luck:
        return "a profit beyond luck." if bet_yield > 0.0 else "a loss beyond bad luck."
    if size is None:
        return "this could be luck."
    return f"this could be luck; if it is real, it would take about {_count(size)} bets to show."


def _bets(n: int) -> str:
    return "1 bet" if n == 1 else f"{_count(n)} bets"


def _count(n: int) -> str:
    return f"{n:,}"
