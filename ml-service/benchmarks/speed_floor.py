"""The floor under /predict: FastAPI on uvicorn with a model in and a constant model of fifteen numbers out."""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel


class Asked(BaseModel):
    """What a prediction is asked with."""

    fixture_id: int
    use_odds: bool = True
    explain: bool = False


class Market(BaseModel):
    """Five numbers of one market."""

    home: float = 0.45
    draw: float = 0.27
    away: float = 0.28
    over: float = 0.52
    under: float = 0.48


class Answered(BaseModel):
    """Three markets of the fixture asked for."""

    fixture_id: int
    first: Market = Market()
    second: Market = Market()
    third: Market = Market()


app = FastAPI()


@app.post("/predict")
async def predict(asked: Asked) -> Answered:
    """The same of every match."""
    return Answered(fixture_id=asked.fixture_id)


@app.get("/health")
async def health() -> dict[str, bool]:
    """Always ready."""
    return {"ready": True}
