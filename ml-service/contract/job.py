"""A training or a backtest as /health and its own answer show it."""

from __future__ import annotations

from typing import Annotated, Literal

from typing_extensions import TypedDict

from contract.error import Error
from contract.values import Moment, Seconds, Share, about

Kind = Literal["train", "backtest"]
Status = Literal["running", "succeeded", "failed"]


class JobAnswer(TypedDict):
    """A training or a backtest."""

    job_id: Annotated[str, about("its kind, start and a random end; sorts by time within a kind")]
    kind: Annotated[Kind, about("what it does")]
    status: Annotated[Status, about("whether it runs or how it ended")]
    stage: Annotated[str, about("the present stage, in plain words")]
    progress: Annotated[
        Share,
        about("fraction complete"),
    ]
    started_at: Annotated[Moment, about("when it began")]
    finished_at: Annotated[Moment | None, about("when it ended; null while it runs")]
    eta_seconds: Annotated[Seconds | None, about("estimate of what is left; null where it is unknown")]
    error: Annotated[Error | None, about("what ended it; null unless it failed")]
