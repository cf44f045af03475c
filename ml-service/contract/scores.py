"""What /predict answers of scores, and of the markets that follow from them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from contract.values import Probability, about, by, measured_in

BY_LINE = by("line")
Goals = Annotated[int, measured_in("goals", 0)]


class ExpectedGoals(TypedDict):
    """Mean 90-minute goals of each side."""

    home: Annotated[float, measured_in("goals", 0.0), about("of the home side")]
    away: Annotated[float, measured_in("goals", 0.0), about("of the away side")]


class Score(TypedDict):
    """One score and its probability."""

    home: Annotated[Goals, about("10 stands for 10 or more")]
    away: Annotated[Goals, about("10 stands for 10 or more")]
    probability: Annotated[Probability, about("of exactly this score")]


class Sides(TypedDict):
    """A probability of each side."""

    home: Annotated[Probability, about("of the home side")]
    away: Annotated[Probability, about("of the away side")]


class Winner(TypedDict):
    """Probabilities of the three results."""

    home: Annotated[Probability, about("that the home side leads")]
    draw: Annotated[Probability, about("that both are level")]
    away: Annotated[Probability, about("that the away side leads")]


class DoubleChance(TypedDict):
    """Probabilities of two results of three; they sum to 2."""

    home_or_draw: Annotated[Probability, about("of a home win or a draw")]
    home_or_away: Annotated[Probability, about("of a home or an away win")]
    draw_or_away: Annotated[Probability, about("of a draw or an away win")]


class OverUnder(TypedDict):
    """Probabilities of more and of fewer goals than a line."""

    over: Annotated[Probability, about("of more goals than the line")]
    under: Annotated[Probability, about("of fewer goals than the line")]


class OddEven(TypedDict):
    """Probabilities of an odd and of an even number of goals; none is even."""

    odd: Annotated[Probability, about("of an odd number of goals")]
    even: Annotated[Probability, about("of an even number of goals, or none")]


class Settled(TypedDict):
    """How a bet on a line settles: the probability of each of five ways, and the fair price."""

    win: Annotated[Probability, about("the whole stake wins")]
    half_win: Annotated[Probability, about("half the stake wins, half is returned")]
    push: Annotated[Probability, about("the stake is returned")]
    half_loss: Annotated[Probability, about("half the stake loses, half is returned")]
    loss: Annotated[Probability, about("the whole stake loses")]
    fair_odds: Annotated[
        Annotated[float, Field(ge=1.0, json_schema_extra={"x-unit": "decimal odds"})] | None,
        about("the price at which a bet expects no profit; null where it can only lose"),
    ]


class Handicap(TypedDict):
    """Both sides of an Asian handicap line."""

    home: Annotated[Settled, about("a bet on the home side with the line added to its goals")]
    away: Annotated[Settled, about("a bet on the away side against that line")]


_Winner = TypedDict("_Winner", {"1x2": Annotated[Winner, about("the result at half-time")]})


class FirstHalf(_Winner):
    """The first half, and both halves together."""

    totals: Annotated[dict[str, OverUnder], BY_LINE, about("goals of the first half, lines 0.5 to 2.5")]
    half_time_full_time: Annotated[
        dict[str, Probability],
        by("pair"),
        about("the nine pairs of results, such as `draw/home`; they sum to 1"),
    ]


class Scores(TypedDict):
    """One distribution of 90-minute goals, which agrees with `prediction`, and what follows from it."""

    expected_goals: Annotated[ExpectedGoals, about("the means of the grid")]
    grid: Annotated[
        list[list[Probability]],
        about(
            "11 rows of 11 probabilities, home goals by row and away goals by column, the last 10 or more; "
            "they sum to 1"
        ),
    ]
    likeliest: Annotated[list[Score], about("the six likeliest scores, likeliest first")]
    double_chance: Annotated[DoubleChance, about("two results of three")]
    draw_no_bet: Annotated[Sides, about("of the matches that are not drawn")]
    totals: Annotated[dict[str, OverUnder], BY_LINE, about("goals of both sides, lines 0.5 to 6.5")]
    home_goals: Annotated[dict[str, OverUnder], BY_LINE, about("goals of the home side, lines 0.5 to 4.5")]
    away_goals: Annotated[dict[str, OverUnder], BY_LINE, about("goals of the away side, lines 0.5 to 4.5")]
    asian_handicap: Annotated[
        dict[str, Handicap], BY_LINE, about("by the home side's line, -3 to 3 in steps of 0.25")
    ]
    first_half: Annotated[FirstHalf, about("the first half, by when goals fall")]
    clean_sheet: Annotated[Sides, about("that a side concedes nothing")]
    win_to_nil: Annotated[Sides, about("that a side wins and concedes nothing")]
    both_and_over25: Annotated[Probability, about("that both sides score, and three goals or more together")]
    odd_even: Annotated[OddEven, about("the number of goals of both sides")]
    margin: Annotated[
        dict[str, Probability],
        by("goals"),
        about("home goals less away goals; -3 and 3 stand for that margin or a greater one"),
    ]
