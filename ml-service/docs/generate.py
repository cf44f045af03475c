"""Writes the generated files: `python -m docs.generate`."""

from __future__ import annotations

from pathlib import Path

from config import ROOT, load
from docs.errors_page import errors_page
from docs.node_types import outcomes_module, types_module
from docs.routes_page import routes_page
from docs.settings_page import example_file, settings_page
from main import create_app

NODE_CLIENT = ROOT.parent / "backend" / "src" / "services" / "ml"


def generated() -> dict[Path, str]:
    """Every generated file and what belongs into it."""
    description = create_app(load({}, Path("no file"))).openapi()
    return {
        ROOT / "docs" / "routes.md": routes_page(description),
        ROOT / "docs" / "errors.md": errors_page(),
        ROOT / "docs" / "settings.md": settings_page(),
        ROOT / ".env.example": example_file(),
        NODE_CLIENT / "contract.d.ts": types_module(description),
        NODE_CLIENT / "markets.js": outcomes_module(),
    }


def write() -> None:
    """Write every generated file."""
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
