"""Why a rule is broken or a visit dropped, in Chinese: a plan has its reasons in English."""

# ruff: noqa: RUF001, RUF002 - Chinese text has Chinese punctuation

from __future__ import annotations

import re

_PLACES = {"the village": "该村", "a part of the village cut off by barriers": "该村被阻隔开的一片"}
_UNITS = {"household": "户", "resident": "人", "grid": "个网格"}
_HELD = r"(?P<held>[\d,]+) (?P<unit>household|resident|grid)s?"
_SIZES = r"(?P<sizes>[\d.,]+-[\d.,]+)"
_LIST = r"(?P<list>[^;]+)"

#: What is listed in a reason.
_LISTED = [
    (r"week (\d+) has ([\d,]+) walking days?", r"第\1周有 \2 个走访日"),
    (r"visits_per_week: ([\d,]+)", r"每周最多 \1 次"),
    (r"visits_per_day: ([\d,]+)", r"每天最多 \1 次"),
    (r", ", "，"),
]

#: Reasons, as `gridgov.grids` and `gridgov.visits` write them, and the same in Chinese.
_REASONS = [
    (re.compile(reason), chinese)
    for reason, chinese in (
        (rf"{_HELD}: the grid is kept as it was given", "{held}{unit}：网格按给定的保留"),
        (
            rf"{_HELD}: no layout of {_SIZES} in every grid was found",
            "{held}{unit}：未找到每个网格都是 {sizes} {unit}的划分",
        ),
        (
            (
                rf"{_HELD}: no number of (?P<what>grids|groups) of {_SIZES} fits the "
                rf"(?P<total>[\d,]+) \w+ of (?P<place>{'|'.join(_PLACES)})"
            ),
            "{held}{unit}：{place}共 {total}{unit}，分成多少个都无法做到每个 {sizes}{unit}",
        ),
        (
            rf"{_HELD}: no connected groups of {_SIZES} were found",
            "{held}{unit}：未找到每组 {sizes}{unit}的连片分组",
        ),
        (
            r"not connected: no layout in one piece was found \((?P<pieces>[\d,]+) pieces\)",
            "不连片：未找到连成一片的划分（{pieces} 片）",
        ),
        (r"not connected: no groups in one piece were found", "不连片：未找到连成一片的分组"),
        (
            (
                r"(?P<held>[\d,]+) pairs? of households farther apart than (?P<most>\S+) m: "
                r"no closer layout was found"
            ),
            "{held} 对住户相距超过 {most} 米：未找到更紧凑的划分",
        ),
        (
            (
                rf"a group of {_HELD} that would fit in one grid is in (?P<spread>\d+): "
                r"no layout that keeps it whole was found"
            ),
            "一个 {held} 户的组可放入一个网格，却分在 {spread} 个中：未找到保持完整的划分",
        ),
        (
            r"the member walks on none of the (?P<held>[\d,]+) days?",
            "该党员在 {held} 天中没有走访日",
        ),
        (
            rf"(?P<held>[\d,]+) visits? too many for days off: {_LIST}",
            "因休息日少排 {held} 次：{list}",
        ),
        (
            (
                r"(?P<held>[\d,]+) visits? of the member are due and week (?P<week>\d+) can hold "
                rf"(?P<sizes>[\d,]+) \({_LIST}\)"
            ),
            "该党员应访 {held} 次，第{week}周最多可排 {sizes} 次（{list}）",
        ),
        (
            (
                r"(?P<held>[\d,]+) visits? of the member are due and the (?P<week>\d+) weeks can "
                rf"hold (?P<sizes>[\d,+ ]+) \({_LIST}\)"
            ),
            "该党员应访 {held} 次，{week} 周最多可排 {sizes} 次（{list}）",
        ),
        (
            (
                r"(?P<held>[\d,]+) visits? in week (?P<week>\d+), spread evenly over its "
                rf"(?P<spread>[\d,]+) walking days?, meet days that are full \({_LIST}\)"
            ),
            "第{week}周的 {held} 次走访须均匀分布在 {spread} 个走访日，而有的日子已排满（{list}）",
        ),
    )
]


def in_chinese(reasons: str) -> str:
    """Say in Chinese why a rule is broken, or a visit dropped.

    Parameters
    ----------
    reasons
        Reasons of a plan, with semicolons between them.

    Returns
    -------
    str
        Each reason once; what is not known stays as it is.

    Examples
    --------
    >>> in_chinese("not connected: no layout in one piece was found (2 pieces); by hand")
    '不连片：未找到连成一片的划分（2 片）；by hand'
    """
    return "；".join(dict.fromkeys(map(_reason, reasons.split("; "))))


def _reason(text: str) -> str:
    for reason, chinese in _REASONS:
        if found := reason.fullmatch(text):
            said = found.groupdict()
            unit, place = _UNITS.get(said.get("unit", ""), ""), _PLACES.get(said.get("place", ""))
            listed = said.get("list", "")
            for english, words in _LISTED:
                listed = re.sub(english, words, listed)
            return chinese.format(**said | {"unit": unit, "place": place, "list": listed})
    return text
