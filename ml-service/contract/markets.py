"""What requests and answers hold of the markets, made from the registry."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, GetPydanticSchema, create_model
from typing_extensions import TypedDict

from contract.values import about
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


def probabilities_model(probability: Any) -> Any:
    """The typed dictionary of every market's probabilities, each a `probability` an outcome."""
    fields = {market.key: _outcomes_shape(market, probability) for market in MARKETS}
    return _shape("Probabilities", "The probabilities of every market.", fields)


def _outcomes_shape(market: Market, probability: Any) -> Any:
    fields = {
        outcome: Annotated[probability, about(f"probability of {meaning}")]
        for outcome, meaning in zip(market.outcomes, market.meanings, strict=True)
    }
    return _shape(_class_name(market), f"The probabilities of {market.subject}; they sum to 1.", fields)


_typed_dict: Any = TypedDict
"""As a function of names that are not written out, which mypy does not follow."""


def _shape(name: str, documentation: str, fields: dict[str, Any]) -> Any:
    shape = _typed_dict(name, fields)
    shape.__doc__ = documentation
    return shape


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
