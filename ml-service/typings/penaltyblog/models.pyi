from typing import Any

import numpy as np
from numpy.typing import NDArray

class FootballProbabilityGrid:
    home_draw_away: list[float]
    btts_yes: float
    def total_goals(self, over_under: str, strike: float) -> float: ...

class DixonColesGoalModel:
    def __init__(
        self,
        goals_home: NDArray[np.int64],
        goals_away: NDArray[np.int64],
        teams_home: NDArray[np.str_],
        teams_away: NDArray[np.str_],
        weights: NDArray[np.float64],
    ) -> None: ...
    def fit(self, minimizer_options: dict[str, Any] | None = ...) -> None: ...
    def get_params(self) -> dict[str, Any]: ...

def create_dixon_coles_grid(
    home_lambda: float, away_lambda: float, rho: float = ..., max_goals: int = ...
) -> FootballProbabilityGrid: ...
