"""What requests and answers hold of the markets, made from the registry."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, GetPydanticSchema, create_model

from markets.market import Market
from markets.registry import BY_KEY, MARKETS

Model = TypeVar("Model", bound=BaseModel)

MarketKey = Annotated[str, GetPydanticSchema(lambda _, handler: handler(Literal[tuple(BY_KEY)]))]


def odds_model(base: type[Model], body: type[BaseModel], price: Any) -> type[Model]:
    """`base` with a full set of prices, or None, for every market; each set is a `body` with a `price` an outcome."""
    fields: dict[str, Any] = {}
    for market in MARKETS:
        prices = f"prices of {market.subject}"
        documentation = f"{prices.capitalize()} in 90 minutes."
        one = _by_outcome(market, f"{_class_name(market)}Odds", documentation, body, price, "price of ")
        fields[market.name] = one | None, Field(default=None, alias=market.key, description=prices)
    return create_model("OddsBody", __base__=base, __doc__=base.__doc__, **fields)


def probabilities_model(probability: Any) -> type[BaseModel]:
    """Probabilities of every market, each a `probability` an outcome."""
    fields: dict[str, Any] = {}
    for market in MARKETS:
        documentation = f"The probabilities of {market.subject}; they sum to 1."
        one = _by_outcome(
            market, _class_name(market), documentation, BaseModel, probability, "probability of "
        )
        fields[market.name] = one, Field(alias=market.key)
    return create_model("Probabilities", __doc__="The probabilities of every market.", **fields)


def _by_outcome(
    market: Market, name: str, documentation: str, base: type[BaseModel], value: Any, prefix: str
) -> type[BaseModel]:
    """A model with a field an outcome, in their order."""
    fields: dict[str, Any] = {
        outcome: (value, Field(description=prefix + meaning))
        for outcome, meaning in zip(market.outcomes, market.meanings, strict=True)
    }
    return create_model(name, __base__=base, __doc__=documentation, **fields)


def _class_name(market: Market) -> str:
    return market.name.title().replace("_", "")
