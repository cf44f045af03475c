
import numpy as np
from numpy.typing import ArrayLike, NDArray

class _Binomial:
    def ppf(self, q: ArrayLike, n: ArrayLike, p: ArrayLike) -> NDArray[np.float64]: ...

binom: _Binomial

