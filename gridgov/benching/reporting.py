"""What a bench leaves: table, figures, and a report to read."""

# ruff: noqa: RUF001 - Chinese text has Chinese punctuation

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridgov.benching.scenario import Figure, Scenario
from gridgov.comparing.wording import MEASURES, written
from gridgov.export.canvas import FAINT, INK, PALETTE, add_legend, darker, legible, new_figure
from gridgov.languages import Language
from gridgov.placing import placed

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

#: Values that lie farther apart than so many times are drawn on a logarithmic axis.
_WIDE = 20
#: Columns of the report's table, where they hold something.
_SHOWN = (
    "households", "grids", "smallest", "largest", "mean_m", "p95_m", "polsby_popper", "members",
    "load_least", "load_most", "walk_m", "walk_p95_m", "members_per_grid", "gap", "unproved_m",
    "pairing_gap", "exceptions", "seconds",
)  # fmt: skip
_WORDS = {
    "en": {
        "town": "town", "rules": "rules", "effort": "effort", "year": "year",
        "moved_grid": "moved to another grid", "moved_member": "have another member",
        "audited": "{plans:,} plans, all audited: {errors:,} errors, {warnings:,} warnings.",
        "refused": "Refused, because no plan can obey the rules: {town}, {rules}: {reason}",
        "gap": "Gap: no plan by the same rules and with as many grids has a total distance shorter "
        "by more than this share; unproved is the same in metres, shared out among the households. "
        "Seconds are of this machine. All columns: results.csv.",
    },
    "zh": {
        "town": "镇", "rules": "规则", "effort": "搜索强度", "year": "年份",
        "moved_grid": "换网格的户", "moved_member": "换联系党员的户",
        "audited": "共 {plans:,} 个方案，全部经过审核：错误 {errors:,}，提醒 {warnings:,}。",
        "refused": "无方案可满足规则：{town}，{rules}：{reason}",
        "gap": "差距：在相同规则和网格数下，任何方案的总距离最多只能再缩短这一比例；"
        "折合每户多少米另列一栏。用时与本机有关。全部数据见 results.csv。",
    },
}  # fmt: skip


def write_results(scenario: Scenario, table: pd.DataFrame, out: Path, lang: Language) -> None:
    """Write table, figures and report.

    Parameters
    ----------
    scenario
        What was measured.
    table
        A row per case.
    out
        Folder that is there.
    lang
        Language of the report.
    """
    with placed(out / "results.csv") as fresh:
        table.to_csv(fresh, index=False, lineterminator="\n")
    if importlib.util.find_spec("pyarrow") is not None:
        with placed(out / "results.parquet") as fresh:
            table.to_parquet(fresh, index=False)
    solved = table[table["refused"] == ""]
    pictures = []
    for figure in scenario.figures if len(solved) else ():
        name = f"{'_'.join(figure.y)}_by_{figure.x}.png"
        with placed(out / name) as fresh:
            _draw(figure, solved).savefig(fresh)
        pictures.append(name)
    with placed(out / "report.md") as fresh:
        fresh.write_text(_report(scenario, table, pictures, lang), "utf-8")


def _name(column: str, lang: Language) -> str:
    """What people call a column."""
    if column in MEASURES:
        return str(getattr(MEASURES[column], lang))
    return _WORDS[lang].get(column, column)


def _varies(column: pd.Series[Any]) -> bool:
    return len(column.unique()) > 1


def _report(scenario: Scenario, table: pd.DataFrame, pictures: list[str], lang: Language) -> str:
    """Markdown: what was found, the table, the figures."""
    words, solved = _WORDS[lang], table[table["refused"] == ""]
    errors, warnings = (int(solved[each].sum()) for each in ("errors", "warnings"))
    lines = [
        f"# {scenario.title}",
        "",
        words["audited"].format(plans=len(solved), errors=errors, warnings=warnings),
        "",
    ]
    keys = [key for key in ("town", "rules", "effort", "year") if _varies(table[key])]
    keys = keys or ["town"]
    moved = [each for each in ("moved_grid", "moved_member") if each in solved]
    shown = [name for name in _SHOWN if name in solved and solved[name].notna().any()]
    heads = [_name(column, lang) for column in (*keys, *shown, *moved)]
    lines += [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for row in solved.to_dict("records"):
        cells = [str(row[key]) for key in keys] + [written(name, row[name]) for name in shown]
        cells += ["-" if np.isnan(row[name]) else f"{row[name]:.1%}" for name in moved]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", words["gap"], ""]
    for row in table[table["refused"] != ""].to_dict("records"):
        reason = " ".join(row["refused"].split())
        refusal = words["refused"].format(town=row["town"], rules=row["rules"], reason=reason)
        lines += [refusal, ""]
    lines += [f"![{name.removesuffix('.png')}]({name})\n" for name in pictures]
    return "\n".join(lines)


def _draw(figure: Figure, table: pd.DataFrame) -> Picture:
    """Columns against each other, a line per town or the like."""
    picture = new_figure(6.5)
    _, families = legible("")
    panels = picture.subplots(1, len(figure.y), squeeze=False)[0]
    for panel, y in zip(panels, figure.y, strict=True):
        for number, (name, rows) in enumerate(table.groupby(figure.line, sort=False)):
            points = rows.sort_values(figure.x)
            colour = darker(PALETTE[number % len(PALETTE)])
            panel.plot(
                points[figure.x], points[y], marker="o", color=colour, label=legible(str(name))[0]
            )
            if _varies(points["rules"]):
                for label, across, up in zip(
                    points["rules"], points[figure.x], points[y], strict=True
                ):
                    panel.annotate(
                        legible(label)[0], (across, up), (0, -16), textcoords="offset points",
                        family=families, size=10, color=FAINT, ha="center", parse_math=False,
                    )  # fmt: skip
        panel.set_xlabel(_name(figure.x, "en"), color=FAINT, size=12)
        panel.set_title(_name(y, "en"), loc="left", size=14, weight="bold", color=INK)
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(colors=FAINT, labelsize=11)
        panel.set_ylim(bottom=0)
        if table[figure.x].min() * _WIDE < table[figure.x].max():
            panel.set_xscale("log")
            panel.xaxis.set_major_formatter("{x:,.0f}")
            panel.xaxis.set_minor_formatter("")
    if _varies(table[figure.line]):
        add_legend(panels[0], 11)
    return picture
