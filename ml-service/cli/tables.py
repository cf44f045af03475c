"""Answers of the service as text tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Row = Sequence[str]

_MISSING = "-"
_MAX_FEATURES = 8


def table(head: Row, rows: Sequence[Row], texts: int = 1) -> str:
    """Columns of fixed width: the first `texts` flush left, the others, numbers, flush right."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [[_cell(row[i], widths[i], i < texts) for i in range(len(head))] for row in [head, *rows]]
    return "\n".join("  ".join(cells).rstrip() for cells in lines)


def prediction(body: dict[str, Any]) -> str:
    """One prediction: probabilities and prices, value bets, and the explanation if there is one."""
    match = body["match"]
    fixture = f"fixture {body['fixture_id']}" if body["fixture_id"] else "not in the database"
    league = f"{match['league']} ({match['country']})" if match["country"] else match["league"]
    when = match["date"][:16].replace("T", " ") + " UTC"
    parts = [
        f"{match['home_team']} v {match['away_team']}, {league}, {when} ({fixture})",
        table(("market", "outcome", "probability", "odds", "edge", "basis"), _outcomes(body), 2),
        _value_bets(body["value_bets"]),
    ]
    if body["explanation"]:
        parts.append(_explanation(body["explanation"]))
    if body["warnings"]:
        parts.append("warnings: " + ", ".join(body["warnings"]))
    parts.append(f"model {body['model_id']}, results known to {body['data_as_of']}")
    return "\n\n".join(parts)


def training(body: dict[str, Any]) -> str:
    """A training's result: whether the model was promoted, and its metrics."""
    verdict = "now serves" if body["promoted"] else "was not promoted"
    rows = [
        (basis, market, *_card(card))
        for basis, cards in body["model"]["models"].items()
        for market, card in cards.items()
        if card is not None
    ]
    head = ("model", "market", "matches", "log-loss", "base rates", "elo", "vs market", "95% interval")
    return f"model {body['model']['model_id']} {verdict}: {body['reason']}\n\n{table(head, rows, 2)}"


def backtest(body: dict[str, Any]) -> str:
    """A backtest's verdict, scores, bets and periods."""
    scope = body["scope"]
    parts = [
        f"{scope['market']} from {scope['from']} to {scope['to']}, {body['matches']['evaluated']} matches",
        body["verdict"],
        table(("", "n", "log-loss", "brier", "rps", "ece", "accuracy"), _scores(body["metrics"])),
        _versus(body["versus_market"]),
        _bets(body["bets"]),
        *_lines(body.get("by_line")),
        table(
            ("from", "to", "trained on", "evaluated", "log-loss", "market", "bets", "profit"),
            [_period(each) for each in body["periods"]],
            2,
        ),
    ]
    return "\n\n".join(parts)


def _cell(text: str, width: int, left: bool) -> str:
    return text.ljust(width) if left else text.rjust(width)


def number(value: float | None, form: str = ".4f") -> str:
    """A number in a format, or a dash for None."""
    return _MISSING if value is None else format(value, form)


def _interval(bounds: Sequence[float] | None, form: str = "+.4f") -> str:
    return _MISSING if bounds is None else f"{bounds[0]:{form}} to {bounds[1]:{form}}"


def _outcomes(body: dict[str, Any]) -> list[Row]:
    edges = body["edge"] or {}
    return [
        (
            market,
            outcome,
            f"{probability:.1%}",
            number((body["odds"][market] or {}).get(outcome), ".2f"),
            number((edges.get(market) or {}).get(outcome), "+.1%"),
            body["basis"][market].replace("_", " "),
        )
        for market, outcomes in body["prediction"].items()
        for outcome, probability in outcomes.items()
    ]


def _value_bets(bets: list[dict[str, Any]]) -> str:
    if not bets:
        return "no value bets"
    rows = [
        (
            bet["market"],
            bet["outcome"],
            f"{bet['odds']:.2f}",
            f"{bet['edge']:+.1%}",
            f"{bet['expected_value']:+.1%}",
            f"{bet['kelly_fraction']:.1%}",
        )
        for bet in bets
    ]
    return table(("value bet", "outcome", "odds", "edge", "expected value", "stake"), rows, 2)


def _explanation(features: list[dict[str, Any]]) -> str:
    rows = [
        (
            each["feature"],
            number(each["value"], ".4g"),
            *(f"{impact:+.3f}" for impact in each["impact"].values()),
        )
        for each in features[:_MAX_FEATURES]
    ]
    return table(("what moved 1x2 most", "value", *features[0]["impact"]), rows)


def _card(card: dict[str, Any]) -> Row:
    metrics = card["metrics"]
    market = metrics["market"] or {}
    return (
        str(metrics["n"]),
        number(metrics["log_loss"]),
        number(metrics["base_rate_log_loss"]),
        number(metrics["elo_log_loss"]),
        number(market.get("difference"), "+.4f"),
        _interval(market.get("ci95")),
    )


def _scores(metrics: dict[str, Any]) -> list[Row]:
    return [
        (
            name.replace("_", " "),
            str(scores["n"]),
            *(number(scores[key]) for key in ("log_loss", "brier", "rps", "ece", "accuracy")),
        )
        for name, scores in metrics.items()
        if scores is not None
    ]


def _versus(versus: dict[str, Any] | None) -> str:
    if versus is None:
        return "no match has prices to compare with"
    difference = number(versus["log_loss_difference"], "+.4f")
    interval = _interval(versus["ci95"])
    return f"log-loss minus the market's on {versus['n']} matches: {difference}, 95% interval {interval}"


def _bets(bets: dict[str, Any]) -> str:
    rows = [
        ("bets", f"{bets['count']}, {bets['won']} won, {bets['void']} void"),
        *_settled(bets.get("settled")),
        ("staked", number(bets["staked"], ".2f")),
        ("profit", number(bets["profit"], "+.2f")),
        ("yield", f"{number(bets['yield'], '+.1%')}, 95% interval {_interval(bets['yield_ci95'], '+.1%')}"),
        ("bankroll", number(bets["ending_bankroll"], ".2f")),
        ("max drawdown", number(bets["max_drawdown"], ".1%")),
    ]
    closing = bets["closing_line_value"]
    if closing:
        rows.append(("closing line value", number(closing["mean"], "+.2%")))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in rows)


def _settled(settled: dict[str, int] | None) -> list[tuple[str, str]]:
    if settled is None:
        return []
    counts = [f"{count} {name.replace('_', ' ')}" for name, count in settled.items() if count]
    return [("settled", ", ".join(counts) or _MISSING)]


def _lines(lines: list[dict[str, Any]] | None) -> list[str]:
    """The table of lines, where the market has any."""
    if not lines:
        return []
    rows = [
        (
            f"{row['line']:g}",
            str(row["evaluated"]),
            number(row["log_loss_where_priced"]),
            number(row["market_log_loss"]),
            str(row["bets"]),
            number(row["staked"], ".2f"),
            number(row["profit"], "+.2f"),
            number(row["yield"], "+.1%"),
        )
        for row in lines
    ]
    return [table(("line", "evaluated", "log-loss", "market", "bets", "staked", "profit", "yield"), rows, 0)]


def _period(period: dict[str, Any]) -> Row:
    return (
        period["from"],
        period["to"],
        str(period["trained_on"]),
        str(period["evaluated"]),
        number(period["log_loss"]),
        number(period["market_log_loss"]),
        str(period["bets"]),
        number(period["profit"], "+.2f"),
    )
