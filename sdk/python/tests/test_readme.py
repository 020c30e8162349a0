"""What README.md shows, run as it stands, at a gateway of the test's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from .scene import Scene

README = Path(__file__).parents[1] / "README.md"


def test_the_code_of_the_readme_runs(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = README.read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) >= 4
    monkeypatch.chdir(tmp_path)
    [exports] = re.findall(r"```sh\nexport (.*?)```", page, re.DOTALL)
    here = {"https://agents.example.com": scene.url, "$PWD/docs-writer.key": str(scene.key_file())}
    for export in exports.split():
        name, value = export.split("=")
        monkeypatch.setenv(name, here.get(value, value))
    names: dict[str, Any] = {}
    for block in blocks:
        code = block.replace("acme/web", "acme/handbook").replace("https://agents.example.com", scene.url)
        exec(compile(code, "README.md", "exec"), names)
    said = capsys.readouterr().out.splitlines()
    begins = ["docs-writer until ", "may not: not-granted; ", "not-granted: ", "next: choose; "]
    assert [line[: len(begin)] for line, begin in zip(said, begins, strict=True)] == begins
    assert (tmp_path / "web/README.md").is_file()
