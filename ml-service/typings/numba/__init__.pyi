from collections.abc import Callable
from typing import Any, TypeVar

from numba import types as types

F = TypeVar("F", bound=Callable[..., Any])

def njit(*, nogil: bool = ..., _nrt: bool = ...) -> Callable[[F], F]: ...
