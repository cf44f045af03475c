from typing import Any

_LIB: Any

class LightGBMError(Exception): ...
