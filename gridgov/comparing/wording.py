"""What the measures of a plan are called, and how they are written, in English and in Chinese."""

# ruff: noqa: RUF001 - Chinese text has Chinese punctuation

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["MEASURES", "Measure", "written"]


class Measure(NamedTuple):
    """A figure of a plan.

    Parameters
    ----------
    en, zh : str
        What it is called.
    form : str
        How it is written.
    """

    en: str
    zh: str
    form: str = "{:,.0f}"


#: By name, in the order in which they are shown.
MEASURES: dict[str, Measure] = {
    "households": Measure("households", "户数"),
    "grids": Measure("grids", "微网格数"),
    "smallest": Measure("smallest grid", "最小网格户数"),
    "mean_size": Measure("mean grid", "平均网格户数", "{:.1f}"),
    "largest": Measure("largest grid", "最大网格户数"),
    "size_variation": Measure("variation of sizes", "户数变异系数", "{:.3f}"),
    "size_gini": Measure("Gini of sizes", "户数基尼系数", "{:.3f}"),
    "out_of_size": Measure("grids out of size", "户数超出规定的网格"),
    "in_pieces": Measure("grids in pieces", "不连片的网格"),
    "split_groups": Measure("split villager groups", "被拆分的村民小组"),
    "mean_m": Measure("mean to medoid, m", "到网格中心平均距离（米）", "{:,.1f}"),
    "p95_m": Measure("95 % within, m", "95% 的户到网格中心距离（米）", "{:,.1f}"),
    "longest_m": Measure("longest to medoid, m", "到网格中心最远距离（米）"),
    "total_m": Measure("total to medoids, m", "到网格中心总距离（米）"),
    "polsby_popper": Measure("compactness, Polsby-Popper", "紧凑度（Polsby-Popper）", "{:.3f}"),
    "reock": Measure("compactness, Reock", "紧凑度（Reock）", "{:.3f}"),
    "exceptions": Measure("written exceptions", "例外"),
    "gap": Measure("gap of the grids", "网格差距", "{:.2%}"),
    "unproved_m": Measure("unproved, m a household", "每户至多还能缩短（米）", "{:,.2f}"),
    "members": Measure("members", "党员数"),
    "load_least": Measure("fewest households of a member", "党员最少联系户数"),
    "load_mean": Measure("mean households of a member", "党员平均联系户数", "{:.1f}"),
    "load_most": Measure("most households of a member", "党员最多联系户数"),
    "load_variation": Measure("variation of loads", "联系户数变异系数", "{:.3f}"),
    "load_gini": Measure("Gini of loads", "联系户数基尼系数", "{:.3f}"),
    "walk_m": Measure("mean to contact, m", "到联系党员平均距离（米）", "{:,.1f}"),
    "walk_p95_m": Measure("95 % to contact within, m", "95% 的户到联系党员距离（米）", "{:,.1f}"),
    "walk_longest_m": Measure("longest to contact, m", "到联系党员最远距离（米）"),
    "grids_per_member": Measure("grids of a contact", "每名联系党员的网格数", "{:.2f}"),
    "members_per_grid": Measure("contacts of a grid", "每个网格的联系党员数", "{:.2f}"),
    "pairing_gap": Measure("gap of the pairing", "结对差距", "{:.2%}"),
    "round_m": Measure("mean round of a day, m", "每日走访路线平均长度（米）"),
    "week_km": Measure("walking of a member in a week, km", "党员每周步行（公里）", "{:,.2f}"),
    "week_km_most": Measure("longest walking in a week, km", "党员每周步行最长（公里）", "{:,.2f}"),
    "week_hours": Measure("the mean at 4 km/h, hours", "按每小时 4 公里折合（小时）", "{:,.2f}"),
    "dropped": Measure("visits that did not fit", "未能安排的走访"),
    "seconds": Measure("seconds", "用时（秒）", "{:,.1f}"),
}  # fmt: skip


def written(name: str, value: float) -> str:
    """Write a figure for people; a dash where there is none.

    Parameters
    ----------
    name
        Of the measure.
    value
        Its value.

    Returns
    -------
    str

    Examples
    --------
    >>> written("gap", 0.0125), written("members", float("nan"))
    ('1.25%', '-')
    """
    return "-" if np.isnan(value) else MEASURES[name].form.format(value)
