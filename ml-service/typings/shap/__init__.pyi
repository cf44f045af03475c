from typing import Any

import numpy as np
from lightgbm import Booster
from numpy.typing import NDArray

class TreeExplainer:
    def __init__(self, model: Booster) -> None: ...
    def shap_values(self, X: NDArray[Any]) -> NDArray[np.float64] | list[NDArray[np.float64]]: ...
