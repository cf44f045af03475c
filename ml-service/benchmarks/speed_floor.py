"""The floor under /predict: FastAPI on uvicorn, a pydantic model in and a constant one of fifteen numbers out."""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel


class FloorRequest(BaseModel):
    """The body of a request for a prediction."""

    fixture_id: int
    use_odds: bool = True
    explain: bool = False


class FloorMarket(BaseModel):
    """Five numbers of one market."""

    home: float = 0.45
    draw: float = 0.27
    away: float = 0.28
    over: float = 0.52
    under: float = 0.48


class FloorAnswer(BaseModel):
    """Three markets of the requested fixture."""

    fixture_id: int
    first: FloorMarket = FloorMarket()
    second: FloorMarket = FloorMarket()
    third: FloorMarket = FloorMarket()


app = FastAPI()


@app.post("/predict")
async def predict(request: FloorRequest) -> FloorAnswer:
    """The same answer for every match."""
    return FloorAnswer(fixture_id=request.fixture_id)


@app.get("/health")
async def health() -> dict[str, bool]:
    """Always ready."""
    return {"ready": True}
