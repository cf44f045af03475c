"""The sections of the page, each from its part of the answer."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from backtesting.report import charts, markup
from backtesting.report.markup import AnswerView, Column, Formatter, details, section, table
from markets.choices import market_title

FORECASTERS = {
    "model": "Model",
    "market": "Market, margin removed",
    "elo": "Elo alone",
    "base_rate": "Base rates",
}
REASONS = {
    "void": "awarded, cancelled or abandoned",
    "postponed": "postponed",
    "no_result_yet": "no result yet",
    "too_few_earlier_matches": "too few earlier matches to train on",
    "pushed": "pushed: both sides get their stakes back",
    "without_line": "no price that says on which line it is judged",
    "without_half_time": "no half-time score",
}


def header(body: AnswerView) -> str:
    """The page's heading: market, days, leagues and settings of the backtest."""
    scope = body.content["scope"]
    leagues = ", ".join(row["league"] for row in body.content["by_league"][:6])
    more = len(scope["league_ids"]) - 6
    return (
        '<header><p class="brow">statFoot \u00b7 walk-forward backtest</p>'
        f"<h1>{escape(market_title(scope['market']))}, {body.show('scope.from', markup.day)} to "
        f"{body.show('scope.to', markup.day)}</h1>"
        f'<p class="about">{escape(leagues)}{f" and {more} more" if more > 0 else ""}. {_settings(body)}</p></header>'
    )


def _settings(body: AnswerView) -> str:
    staking = body.content["scope"]["staking"]
    flat = f"flat stakes, 1% of the first bankroll of {body.show('scope.staking.bankroll', markup.whole)}"
    kelly = (
        f"{body.show('scope.staking.fraction', markup.share)} of Kelly\u2019s stake, at most "
        f"{body.show('scope.staking.cap', markup.share)}, from a bankroll of "
        f"{body.show('scope.staking.bankroll', markup.whole)}"
    )
    prices = "with prices as an input" if body.content["scope"]["use_odds"] else "without prices as an input"
    return (
        f"A new model every {escape(body.content['scope']['refit'])}, {prices}, trained only on what was known "
        f"before. Bets at {_bookmaker(body)} from an edge of {body.show('scope.min_edge', markup.share)}; "
        f"{flat if staking['method'] == 'flat' else kelly}."
    )


def _bookmaker(body: AnswerView) -> str:
    bookmaker = body.content["scope"]["bookmaker_id"]
    if bookmaker is None:
        return "the preferred bookmaker\u2019s price"
    return (
        "the best price"
        if bookmaker == "best"
        else f"the price of bookmaker {body.show('scope.bookmaker_id', str)}"
    )


def verdict(body: AnswerView) -> str:
    """The conclusions, before any figure."""
    evidence = body.content["evidence"]
    conclusions = [evidence[key]["sentence"] for key in ("market", "profit") if evidence[key]]
    sentences = [f"<p>{markup.prose(text)}</p>" for text in (*conclusions, evidence["ruin"]) if text]
    warnings = [
        f'<p class="warning"><strong>Warning.</strong> {markup.prose(text)}</p>'
        for text in body.at("warnings")
    ]
    return (
        f'<section class="verdict {_tone(body)}" aria-labelledby="verdict"><h2 id="verdict">'
        f"{escape(evidence['headline'])}</h2>{''.join(sentences + warnings)}</section>"
    )


def _tone(body: AnswerView) -> str:
    versus = body.content["versus_market"]
    if body.content["warnings"] or versus is None or versus["ci95"] is None:
        return "open"
    if versus["ci95"][1] < 0.0:
        return "better"
    return "worse" if versus["ci95"][0] > 0.0 else "open"


def figures(body: AnswerView) -> str:
    """The key figures as tiles."""
    show, interval = body.show, body.interval
    tiles = [
        (
            "Log-loss",
            show("metrics.model.log_loss", markup.score),
            f"market {show('metrics.market.log_loss', markup.score)}",
        ),
        (
            "Model less market",
            show("versus_market.log_loss_difference", markup.difference),
            f"95%: {interval('versus_market.ci95', markup.difference)}",
        ),
        ("Yield", show("bets.yield", markup.growth), f"95%: {interval('bets.yield_ci95', markup.growth)}"),
        ("Profit", show("bets.profit", markup.gain), f"turnover {show('bets.staked', markup.whole)}"),
        (
            "Bankroll",
            show("bets.ending_bankroll", markup.money),
            f"growth {show('bets.growth', markup.growth)}",
        ),
        ("Maximum drawdown", show("bets.max_drawdown", markup.share), "from a peak of the bankroll"),
        (
            "Closing-line value",
            show("bets.closing_line_value.mean", markup.growth),
            f"95%: {interval('bets.closing_line_value.ci95', markup.growth)}",
        ),
        (
            "Bets",
            show("bets.count", markup.whole),
            f"{show('bets.won', markup.whole)} won, {show('bets.void', markup.whole)} void, "
            f"of {show('matches.evaluated', markup.whole)} matches",
        ),
    ]
    cells = "".join(
        f"<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>" for name, value, note in tiles
    )
    return f'<dl class="tiles" aria-label="Key figures">{cells}</dl>'


def money(body: AnswerView) -> str:
    """The bankroll over time."""
    if body.content["bets"]["count"] == 0:
        return section("money", "Bankroll", "", f"<p>No bets: {_reason_for_no_bets(body)}.</p>")
    points = body.content["equity"]
    return section(
        "money",
        "Bankroll",
        "The band holds 95% of the results of a bettor without skill: the same stakes at the same odds, won as often "
        "as the market\u2019s own probabilities say. A curve inside it could be luck.",
        _legend(("model", "the bankroll"), ("band", "95% of bettors without skill, same stakes and odds")),
        charts.both(lambda width, word: charts.equity(points, width, word)),
        table("The same stakes on other outcomes", _bettors(body), 3),
        details("The bankroll at the end of each year", _year_ends(body)),
    )


def _reason_for_no_bets(body: AnswerView) -> str:
    if body.content["versus_market"] is None:
        return "no match had a price of this market"
    return f"no price had an edge of at least {body.show('scope.min_edge', markup.share)}"


def _bettors(body: AnswerView) -> list[Column]:
    names = (
        ("bets", "This strategy"),
        ("favourite", "The favourite"),
        ("random", "A random outcome"),
    )
    return [
        Column("Bettor", lambda row: names[row][1], number=False),
        Column("Bets", lambda row: body.show(f"{names[row][0]}.count", markup.whole)),
        Column("Profit", lambda row: body.show(f"{names[row][0]}.profit", markup.gain)),
        Column("Yield", lambda row: body.show(f"{names[row][0]}.yield", markup.growth)),
    ]


def _year_ends(body: AnswerView) -> str:
    points = body.content["equity"]
    last = {point["date"][:4]: index for index, point in enumerate(points)}
    rows = list(last.values())
    return table(
        "Bankroll at the end of each year",
        [
            Column("Day", lambda row: body.show(f"equity.{rows[row]}.date", markup.day), number=False),
            Column("Bankroll", lambda row: body.show(f"equity.{rows[row]}.bankroll", markup.money)),
            Column("Below the peak", lambda row: body.show(f"equity.{rows[row]}.drawdown", markup.share)),
        ],
        len(rows),
    )


def scores(body: AnswerView) -> str:
    """Scores of the model, the market and the baselines on the same matches."""
    names = [name for name in FORECASTERS if body.content["metrics"][name]]
    return section(
        "scores",
        "How good the probabilities are",
        "Lower is better, except for accuracy. The market is scored on the matches with a price at the moment of "
        "the bet.",
        table("Scores", _score_columns(body, names), len(names)),
        _not_evaluated(body),
    )


def _cells(body: AnswerView, path: Callable[[int], str]) -> Callable[[str, Formatter], Callable[[int], str]]:
    """By key and form, what a table shows in a row whose figures stand at `path` of it."""

    def cell(key: str, form: Formatter) -> Callable[[int], str]:
        return lambda row: body.show(f"{path(row)}.{key}", form)

    return cell


def _score_columns(body: AnswerView, names: list[str]) -> list[Column]:
    cell = _cells(body, lambda row: f"metrics.{names[row]}")
    return [
        Column("Forecaster", lambda row: FORECASTERS[names[row]], number=False),
        Column("Matches", cell("n", markup.whole)),
        Column("Log-loss", cell("log_loss", markup.score)),
        Column(
            "95% interval", lambda row: body.interval(f"metrics.{names[row]}.log_loss_ci95", markup.score)
        ),
        Column("Brier", cell("brier", markup.score)),
        Column("RPS", cell("rps", markup.score)),
        Column("ECE", cell("ece", markup.score)),
        Column("Accuracy", cell("accuracy", markup.share)),
    ]


def _not_evaluated(body: AnswerView) -> str:
    reasons = list(body.content["matches"]["not_evaluated"])
    if not reasons:
        return '<p class="note">Every match in the range was evaluated.</p>'
    return table(
        "Matches in the range that were not evaluated",
        [
            Column("Reason", lambda row: REASONS.get(reasons[row], reasons[row]), number=False),
            Column("Matches", lambda row: body.show(f"matches.not_evaluated.{reasons[row]}", markup.whole)),
        ],
        len(reasons),
    )


def reliability(body: AnswerView) -> str:
    """A reliability curve for each outcome."""
    rows, outcomes = body.content["calibration"], body.content["scope"]["outcomes"]
    plots = "".join(
        f"<figure><figcaption>{escape(outcome.replace('_', ' ').capitalize())}</figcaption>"
        f"{charts.reliability(rows, outcome, 'r')}</figure>"
        for outcome in outcomes
    )
    legend = _legend(
        ("model", "observed"), ("outside", "outside the band"), ("band", "95% band of a perfect forecast")
    )
    columns = [
        Column("Outcome", lambda row: body.show(f"calibration.{row}.outcome", markup.words), number=False),
        Column("From", lambda row: body.show(f"calibration.{row}.from", markup.share)),
        Column("To", lambda row: body.show(f"calibration.{row}.to", markup.share)),
        Column("Matches", lambda row: body.show(f"calibration.{row}.n", markup.whole)),
        Column("Predicted", lambda row: body.show(f"calibration.{row}.predicted", markup.share)),
        Column("Observed", lambda row: body.show(f"calibration.{row}.observed", markup.share)),
    ]
    return section(
        "reliability",
        "Are the probabilities calibrated?",
        "An outcome should come true as often as its probability says: the points should follow the diagonal and "
        "stay within the band. Bars at the foot show the number of matches.",
        legend,
        f'<div class="three">{plots}</div>',
        details("Reliability in figures", table("Reliability", columns, len(rows))),
    )


def periods(body: AnswerView) -> str:
    """Model against market, period by period."""
    rows = body.content["periods"]
    priced = [row for row in rows if row["market_log_loss"] is not None]
    plot = (
        charts.both(lambda width, word: charts.periods(priced, width, word))
        if priced
        else '<p class="note">There were no prices to compare with.</p>'
    )
    return section(
        "periods",
        "Model against market by period",
        "Each period is forecast by a model fitted on results from before its first day. Below zero the model "
        "is better.",
        _legend(("model", "model"), ("market", "market")) if priced else "",
        plot,
        details("The periods in figures", table("Periods", _period_columns(body), len(rows))),
    )


def _period_columns(body: AnswerView) -> list[Column]:
    cell = _cells(body, lambda row: f"periods.{row}")
    return [
        Column("From", cell("from", markup.day), number=False),
        Column("To", cell("to", markup.day)),
        Column("Trained on", cell("trained_on", markup.whole)),
        Column("Evaluated", cell("evaluated", markup.whole)),
        Column("Log-loss", cell("log_loss", markup.score)),
        Column("Where priced", cell("log_loss_where_priced", markup.score)),
        Column("Market", cell("market_log_loss", markup.score)),
        Column("Bets", cell("bets", markup.whole)),
        Column("Profit", cell("profit", markup.gain)),
    ]


def leagues(body: AnswerView) -> str:
    """Log-loss and money by league."""
    priced = [row for row in body.content["by_league"] if row["market_log_loss"] is not None]
    plot = charts.both(lambda width, word: charts.leagues(priced, width, word)) if priced else ""
    return section(
        "leagues",
        "By league",
        "Log-loss of the model less the market\u2019s, with 95% intervals: left of zero the model is better.",
        plot,
        table("Leagues", _league_columns(body), len(body.content["by_league"])),
    )


def _league_columns(body: AnswerView) -> list[Column]:
    cell = _cells(body, lambda row: f"by_league.{row}")
    return [
        Column("League", cell("league", markup.words), number=False),
        Column("Matches", cell("evaluated", markup.whole)),
        Column("Log-loss", cell("log_loss", markup.score)),
        Column("Market", cell("market_log_loss", markup.score)),
        Column("Base rates", cell("base_rate_log_loss", markup.score)),
        Column("Bets", cell("bets", markup.whole)),
        Column("Profit", cell("profit", markup.gain)),
        Column("Yield", cell("yield", markup.growth)),
    ]


def lines(body: AnswerView) -> str:
    """Log-loss and money by line; nothing in a market without lines."""
    rows = body.content.get("by_line", [])
    if not rows:
        return ""
    return section(
        "lines",
        "By line",
        "The line of a handicap is the home team\u2019s. A match counts for the part of a bet that is decided: not "
        "at all when pushed, by half when settled by halves.",
        table("Lines", _line_columns(body), len(rows)),
        _settled(body),
    )


def _line_columns(body: AnswerView) -> list[Column]:
    cell = _cells(body, lambda row: f"by_line.{row}")
    return [
        Column("Line", cell("line", markup.line)),
        Column("Matches", cell("evaluated", markup.whole)),
        Column("Log-loss", cell("log_loss_where_priced", markup.score)),
        Column("Market", cell("market_log_loss", markup.score)),
        Column("Bets", cell("bets", markup.whole)),
        Column("Turnover", cell("staked", markup.whole)),
        Column("Profit", cell("profit", markup.gain)),
        Column("Yield", cell("yield", markup.growth)),
    ]


def _settled(body: AnswerView) -> str:
    names = list(body.content["bets"]["settled"])
    return table(
        "How the bets settled",
        [
            Column("Settlement", lambda row: escape(names[row].replace("_", " ")), number=False),
            Column("Bets", lambda row: body.show(f"bets.settled.{names[row]}", markup.whole)),
        ],
        len(names),
    )


def classes(body: AnswerView) -> str:
    """Yield by edge and by price."""
    if not body.content["by_edge"]:
        return section("classes", "Yield by edge and by price", "No bets.")
    by_edge, by_price = _edge_labels(body), _price_labels(body)
    edge = charts.yields(body.content["by_edge"], "by_edge", "Yield by edge", by_edge)
    price = charts.yields(body.content["by_price"], "by_price", "Yield by odds", by_price)
    return section(
        "classes",
        "Yield by edge and by price",
        "If edges are real, larger ones pay more. Whiskers are 95% intervals, the small figures numbers of bets; "
        "classes with bets on fewer than 30 days are only in the table.",
        f'<div class="two"><figure><figcaption>By edge, in points of probability</figcaption>{edge}</figure>'
        f"<figure><figcaption>By decimal odds</figcaption>{price}</figure></div>",
        details(
            "Yields in figures",
            table("Bets by edge", _class_columns(body, "by_edge", "Edge", markup.share), len(by_edge))
            + table("Bets by odds", _class_columns(body, "by_price", "Odds", markup.odds), len(by_price)),
        ),
    )


def _edge_labels(body: AnswerView) -> list[str]:
    return [_edge_label(row["from"], row["to"]) for row in body.content["by_edge"]]


def _edge_label(low: float, high: float) -> str:
    return f"{100 * low:g}+" if high == 1.0 else f"{100 * low:g}\u2013{100 * high:g}"


def _price_labels(body: AnswerView) -> list[str]:
    rows = body.content["by_price"]
    return [
        f"{row['from']:g}+" if row["to"] is None else f"{row['from']:g}\u2013{row['to']:g}" for row in rows
    ]


def _class_columns(body: AnswerView, key: str, name: str, form: Formatter) -> list[Column]:
    return [
        Column(f"{name} from", lambda row: body.show(f"{key}.{row}.from", form)),
        Column("To", lambda row: body.show(f"{key}.{row}.to", form)),
        Column("Bets", lambda row: body.show(f"{key}.{row}.count", markup.whole)),
        Column("Profit", lambda row: body.show(f"{key}.{row}.profit", markup.gain)),
        Column("Yield", lambda row: body.show(f"{key}.{row}.yield", markup.growth)),
        Column("95% interval", lambda row: body.interval(f"{key}.{row}.yield_ci95", markup.growth)),
    ]


_NOTABLE = (
    "With the inputs but the price that moved the model most towards (+) or away from (\u2212) its bet."
)


def notable(body: AnswerView) -> str:
    """The biggest wins and losses with the inputs that moved the model."""
    tables = "".join(
        table(caption, _notable_columns(body, f"notable.{key}"), len(body.content["notable"][key]))
        for key, caption in (("wins", "Biggest wins"), ("losses", "Biggest losses"))
        if body.content["notable"][key]
    )
    return section(
        "notable",
        "Biggest wins and losses",
        "" if _is_further(body) else _NOTABLE,
        tables or '<p class="note">No bets.</p>',
    )


def _notable_columns(body: AnswerView, path: str) -> list[Column]:
    cell = _cells(body, lambda row: f"{path}.{row}")
    reasons = [Column("Why", lambda row: _reasons(body, f"{path}.{row}"), number=False)]
    return [
        Column("Match", lambda row: _match(body, f"{path}.{row}"), number=False),
        Column("Bet", lambda row: _bet(body, f"{path}.{row}"), number=False),
        Column("Model", cell("probability", markup.share)),
        Column("Market", cell("market_probability", markup.share)),
        Column("Stake", cell("stake", markup.money)),
        Column("Profit", cell("profit", markup.gain)),
        *([] if _is_further(body) else reasons),
    ]


def _is_further(body: AnswerView) -> bool:
    """Whether the market is one that no single model forecasts, so that there are no inputs to name."""
    return "by_line" in body.content


def _match(body: AnswerView, path: str) -> str:
    show = body.show
    return (
        f"{show(f'{path}.home_team', markup.words)} {show(f'{path}.score', markup.words)} "
        f"{show(f'{path}.away_team', markup.words)}"
        f"<small>{show(f'{path}.league', markup.words)}, {show(f'{path}.date', markup.day)}</small>"
    )


def _bet(body: AnswerView, path: str) -> str:
    has_line = body.at(path).get("line") is not None
    line = f", line {body.show(f'{path}.line', markup.line)}," if has_line else ""
    return f"{body.show(f'{path}.outcome', _outcome)}{line} at {body.show(f'{path}.odds', markup.odds)}"


def _outcome(value: str) -> str:
    """An outcome as it is read: "home or draw"."""
    return markup.words(value).replace("_", " ")


def _reasons(body: AnswerView, path: str) -> str:
    indices = range(len(body.at(f"{path}.explanation")))
    outcome = body.at(f"{path}.outcome")
    return f"<ul>{''.join(_reason(body, f'{path}.explanation.{index}', outcome) for index in indices)}</ul>"


def _reason(body: AnswerView, path: str, outcome: str) -> str:
    return (
        f"<li>{body.show(f'{path}.description', markup.words)}: {body.show(f'{path}.value', markup.brief)} "
        f"<b>({body.show(f'{path}.impact.{outcome}', markup.impact)})</b></li>"
    )


def terms() -> str:
    """A glossary of the page's terms."""
    meanings = {
        "Log-loss": "Minus the logarithm of the probability of what happened: 1.0986 for one third.",
        "RPS": "Ranked probability score: squared error of cumulative probabilities, so a near miss costs less.",
        "ECE": "Expected calibration error: mean gap between probability and frequency of the likeliest outcome.",
        "Edge": "The model\u2019s probability less the market\u2019s implied one, the margin removed.",
        "Yield": "Profit divided by turnover. What of a stake is void or pushed is returned and not part of it.",
        "Line": "Goals added to the home team\u2019s (handicap), or to be exceeded (total). A quarter line is half "
        "a bet on either neighbouring line.",
        "Closing-line value": "Expected profit per unit staked if the last price before kick-off is right.",
        "95% interval": "Bootstrap over whole UTC days, 2,000 resamples: results of one day are not independent.",
    }
    items = "".join(
        f"<dt>{escape(word)}</dt><dd>{escape(meaning)}</dd>" for word, meaning in meanings.items()
    )
    return details("Glossary", f'<dl class="terms">{items}</dl>')


def _legend(*items: tuple[str, str]) -> str:
    keys = "".join(f'<li><span class="key {css}"></span>{escape(label)}</li>' for css, label in items)
    return f'<ul class="legend">{keys}</ul>'
