"""A stored model ready to answer: every market's trees loaded, and what is known of how good they are."""

from __future__ import annotations

from typing import cast

from contract.model import Meta
from contract.values import Basis
from errors import ModelInvalid
from markets.registry import MARKETS
from models.market_model import BASES, WITH_ODDS, WITHOUT_ODDS, MarketModel
from models.store import StoredModel
from scores.first_half import Halves


class ServingModel:
    """The market models of one stored model. Raises ModelInvalid where it cannot be served by this code."""

    def __init__(self, stored: StoredModel) -> None:
        self.meta = cast(Meta, stored.meta)
        self.model_id = stored.model_id
        try:
            self.fitted_until = int(stored.content["fitted_until"])
            self.halves = Halves(*stored.content.get("halves", ()))
            self.reference: dict[str, list[list[float]]] = stored.content["reference"]
            self._models = {
                (basis, key): MarketModel.from_plain(plain)
                for basis in BASES
                for key, plain in stored.content["models"][basis].items()
            }
            self._beats_market = {place: self._evidence(*place) for place in self._models}
        except (KeyError, TypeError, ValueError) as error:
            raise ModelInvalid(f"model {self.model_id} lacks a part") from error
        if any((WITHOUT_ODDS, market.key) not in self._models for market in MARKETS):
            raise ModelInvalid(f"model {self.model_id} lacks a market")
        for model in self._models.values():
            model.warm_up()
        for market in MARKETS:
            self._models.setdefault((WITH_ODDS, market.key), MarketModel.of_price(market))

    def of(self, market: str, priced: bool) -> MarketModel:
        """The model of a market: with odds where there is a price, else without.

        Where training had no price at all of the market, with odds is the price itself.
        """
        return self._models[WITH_ODDS if priced else WITHOUT_ODDS, market]

    def beats_market(self, market: str, with_odds: bool) -> bool:
        """Whether the 95% interval of that model's log-loss less the market's lay below zero on its test matches."""
        return self._beats_market.get((WITH_ODDS if with_odds else WITHOUT_ODDS, market), False)

    def beats_further_market(self, market: str, with_odds: bool) -> bool:
        """The same of a further market, by its key; False where its prices were never compared with."""
        against = self.meta.get("further", {}).get(WITH_ODDS if with_odds else WITHOUT_ODDS, {}).get(market)
        return bool(against and against["ci95"] and against["ci95"][1] < 0.0)

    def _evidence(self, basis: Basis, market: str) -> bool:
        card = self.meta["models"][basis][market]
        against = card and card["metrics"]["market"]
        return bool(against and against["ci95"] and against["ci95"][1] < 0.0)
