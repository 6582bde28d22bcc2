"""The README tells the truth: its Python runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"


def python_blocks(text: str) -> list[str]:
    """Fenced Python blocks, each moved to its own line numbers so that a traceback points there."""
    blocks = re.finditer(r"^```python[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return ["\n" * text.count("\n", 0, block.start(1)) + block[1] for block in blocks]


def test_python_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python blocks run one after the other, as one reader would, in an empty folder."""
    blocks = python_blocks(README.read_text("utf-8"))
    assert blocks, "README.md has no ```python block"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names = {"__name__": "__main__"}
    for block in blocks:
        # A session with prompts is a doctest, which pytest collects from the README by itself.
        if ">>>" not in block:
            exec(compile(block, str(README), "exec"), names)  # noqa: S102 - our own README
