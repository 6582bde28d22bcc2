"""What is said of each rule, in English and in Chinese.

The files ``*.toml`` of this folder have a table per rule, or one per case of it::

    [village_filled]
    en = "the village is empty: taken as {village!r}, which holds it."
    zh = "..."
    fix = ""
    fix_zh = ""

Braces are those of `str.format`, and three more: ``{rows:count row}`` is "1 row" or "1,128 rows",
``{column:zh}`` is the word in Chinese, and ``{value:after , got }`` is the value after those words,
or nothing where it is empty.
"""

from __future__ import annotations

import string
import tomllib
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from gridgov.findings.chinese import chinese
from gridgov.findings.finding import count

_COUNT, _AFTER, _CHINESE = "count ", "after ", "zh"


class Saying(NamedTuple):
    """What is said of one rule, or of one case of it; braces stand for details.

    Parameters
    ----------
    en, zh : str
        What is wrong, or what was done.
    fix, fix_zh : str
        What to do; empty where nothing is to be done.
    """

    en: str
    zh: str
    fix: str = ""
    fix_zh: str = ""


class _Words(string.Formatter):
    """Formats that count, translate, and leave out what is empty."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith(_COUNT):
            return count(value, format_spec.removeprefix(_COUNT))
        if format_spec.startswith(_AFTER):
            return f"{format_spec.removeprefix(_AFTER)}{value!r}" if value else ""
        if format_spec == _CHINESE:
            return chinese(str(value))
        return str(super().format_field(value, format_spec))


@cache
def sayings() -> dict[str, Saying]:
    """Everything that is said, by rule or by rule and case, such as "merged_cells.number".

    Returns
    -------
    dict
        In the order of the files' names, then of the files.
    """
    said = {}
    folder = resources.files("gridgov.findings")
    for file in sorted((each for each in folder.iterdir()), key=lambda each: each.name):
        if not file.name.endswith(".toml"):
            continue
        for rule, entry in tomllib.loads(file.read_text(encoding="utf-8")).items():
            cases = {rule: entry} if "en" in entry else entry
            for case, texts in cases.items():
                said[rule if case == rule else f"{rule}.{case}"] = Saying(**texts)
    return said


def say(rule: str, case: str, details: dict[str, Any]) -> Saying:
    """Fill in what is said of a rule.

    Parameters
    ----------
    rule
        Its name.
    case
        Which case of it; empty where there is one only.
    details
        What the braces stand for.

    Returns
    -------
    Saying
        Without braces.
    """
    saying = sayings()[f"{rule}.{case}" if case else rule]
    words = _Words()
    return Saying(*(words.vformat(text, (), details) if "{" in text else text for text in saying))


def rules_table() -> str:
    """Write every rule, and what is said of it, as a table of Markdown.

    Returns
    -------
    str
        A row per rule and case: its name, English and Chinese; "..." stands for details.

    Examples
    --------
    >>> rules_table().splitlines()[0]
    '| rule | English | 中文 |'
    """
    lines = ["| rule | English | 中文 |", "|---|---|---|"]
    for key, said in sayings().items():
        rule, _, case = key.partition(".")
        name = f"`{rule}`" + (f" ({case.replace('_', ' ')})" if case else "")
        english, chinese_text = f"{said.en} {said.fix}".strip(), said.zh + said.fix_zh
        lines.append(f"| {name} | {_bare(english)} | {_bare(chinese_text)} |")
    return "\n".join(lines)


def _bare(text: str) -> str:
    """Write a text with "..." for its details, without those that may be missing."""
    pieces = []
    for literal, name, form, _ in string.Formatter().parse(text):
        pieces.append(literal)
        if name is not None and form is not None and not form.startswith(_AFTER):
            counted = form.removeprefix(_COUNT) + "s" if form.startswith(_COUNT) else ""
            pieces.append(f"... {counted}".rstrip())
    return "".join(pieces).replace("|", "\\|")
