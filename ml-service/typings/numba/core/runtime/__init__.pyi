from typing import Any

class _Runtime:
    def initialize(self, ctx: Any) -> None: ...

rtsys: _Runtime
