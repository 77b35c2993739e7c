"""Writes the OpenAPI document that the routes make: `python -m infra.openapi`."""

import json
from pathlib import Path

import app
from chalicelib.api.openapi import document

PATH = Path(__file__).parents[1] / "docs" / "openapi.json"


def text() -> str:
    """Return the document as it is checked in."""
    assert app.RESOURCES  # noqa: S101 - importing them declares the routes
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write it."""
    PATH.write_text(text())
    print(f"wrote {PATH}")


if __name__ == "__main__":
    main()
