"""Databases in the forms of the real application, and a model of theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from testing.application import train_on, write
from testing.shared import shared


@pytest.fixture(scope="session")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database in every form, which no test changes."""
    return shared(tmp_path_factory, "forms", write)


@pytest.fixture(scope="session")
def models(forms: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that uses prices, trained on one of the forms: features are the same for all."""

    def make(folder: Path) -> None:
        train_on("partial-indexes", forms, folder)

    return shared(tmp_path_factory, "model-of-forms", make) / "models"
