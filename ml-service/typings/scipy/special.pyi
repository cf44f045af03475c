import numpy as np
from numpy.typing import NDArray

def log_softmax(x: NDArray[np.float64], axis: int = ...) -> NDArray[np.float64]: ...
