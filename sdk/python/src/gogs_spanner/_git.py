"""A token for `git`, in the environment of a child process: no command line, no URL and no file shows it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ._origin import Origin

_HELPER = """!f() { test "$1" = get && printf 'username=spanner\\npassword=%s\\n' "$GOGS_SPANNER_TOKEN"; }; f"""
"""Answers git from the environment. (With a header of its own, `http.extraHeader`, git 2.39 does not show what a 401
says.)"""


def variables(origin: Origin, token: str, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Lets `git` act with a token at one gateway: the machine's own helpers are not asked there, and nobody at a
    terminal."""
    said = environment.get("GIT_CONFIG_COUNT", "")
    already = int(said) if said.isascii() and said.isdigit() else 0
    found = {
        "GOGS_SPANNER_TOKEN": token,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": str(already + 2),
    }
    for at, value in enumerate(("", _HELPER), start=already):
        found[f"GIT_CONFIG_KEY_{at}"] = f"credential.{origin}.helper"
        found[f"GIT_CONFIG_VALUE_{at}"] = value
    return found
