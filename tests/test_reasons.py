"""Why rules are broken, in Chinese, as the makers of plans write it in English."""

# ruff: noqa: RUF001 - Chinese text has Chinese punctuation

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import gridgov as gg
from gridgov.export.reasons import in_chinese


def planned(**columns: object) -> gg.Plan:
    """A plan of 17 households on a line, which no grids of 10 to 15 fit."""
    homes = pd.DataFrame({"household": np.arange(17), "village": "V", "y": 2_500_000})
    town = gg.read_town(homes.assign(x=500_000 + 20 * homes["household"], **columns), crs=32650)
    rules = gg.Rules(keep_together="together" in columns, max_grid_diameter_m=100)
    return gg.solve(town, rules, gg.Search(effort="quick"))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({}, "17户：该村共 17户，分成多少个都无法做到每个 10-15户"),
        ({"whole_grid": ["W"] * 4 + [""] * 13}, "4户：网格按给定的保留"),
        ({}, "对住户相距超过 100 米：未找到更紧凑的划分"),
        ({"whole_grid": ["W", "", "W"] + [""] * 14}, "不连片：未找到连成一片的划分（2 片）"),
    ],
)
def test_what_a_plan_says(columns: dict[str, object], said: str) -> None:
    """Everything that the plan has written has Chinese words."""
    written = planned(**columns).grids()["exception"].dropna().tolist()
    chinese = [in_chinese(each) for each in written]
    assert any(said in each for each in chinese), (written, chinese)
    assert not any(re.search("[a-z]{2}", each) for each in chinese), chinese


@pytest.mark.parametrize(
    "reason",
    [
        "1,017 residents: no layout of 30-50 in every grid was found",
        (
            "17 households: no number of grids of 10-15 fits the 17 households of a part of the "
            "village cut off by barriers"
        ),
        "1 grid: no number of groups of 3-5 fits the 1 grid of the village",
        "2 grids: no connected groups of 3-5 were found",
        "not connected: no groups in one piece were found",
        "the member walks on none of the 5 days",
        "2 visits too many for days off: week 2 has 0 walking days, week 3 has 1 walking day",
        "27 visits of the member are due and week 1 can hold 20 (visits_per_week: 20)",
        (
            "1,027 visits of the member are due and the 2 weeks can hold 20 + 16 "
            "(visits_per_week: 20, visits_per_day: 4)"
        ),
        (
            "3 visits in week 2, spread evenly over its 5 walking days, meet days that are full "
            "(visits_per_day: 4)"
        ),
        "1 pair of households farther apart than 120.5 m: no closer layout was found",
        (
            "a group of 11 households that would fit in one grid is in 3: no layout that keeps it "
            "whole was found"
        ),
    ],
)
def test_every_reason_has_chinese_words(reason: str) -> None:
    """No number is lost, none is said twice, and no English word remains."""
    chinese = in_chinese(f"{reason}; {reason}")
    assert not re.search("[a-z]{2}", chinese)
    number = r"\d(?:[\d.,]*\d)?"
    assert set(re.findall(number, chinese)) == set(re.findall(number, reason))


def test_other_words_stay() -> None:
    """A plan may have been written by somebody else."""
    assert in_chinese("as the mayor wished") == "as the mayor wished"
