"""What every SDK must come to (`sdk/vectors`)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

DIRECTORY = "GOGS_SPANNER_VECTORS"
"""Where they are, if not beside this library."""


def load(name: str) -> Any:
    directory = os.environ.get(DIRECTORY)
    place = Path(directory) if directory else Path(__file__).parents[2] / "vectors"
    return json.loads((place / name).read_text("utf-8"))


TOKENS = load("tokens.json")


def token(name: str) -> str:
    return next(str(token["token"]) for token in TOKENS["tokens"] if token["name"] == name)
