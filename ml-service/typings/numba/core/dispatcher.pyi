from collections.abc import Callable, Mapping, Sequence
from typing import Any

from numba.core.caching import FunctionCache

class Dispatcher:
    _cache: FunctionCache
    get_call_template: Callable[[Sequence[Any], Mapping[str, Any]], Any]
