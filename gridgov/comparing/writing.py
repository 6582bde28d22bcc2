"""A comparison as a page, a table or a picture."""

# ruff: noqa: RUF001 - Chinese text has Chinese punctuation

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from gridgov.comparing.wording import MEASURES, written
from gridgov.languages import Language

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WORDS = {
    "en": {
        "title": "Plans side by side",
        "changes": "From {0} to {1}: {2:,} households are in another grid, {3:,} have another "
        "member, {4:,} are new, {5:,} are gone. A grid that only has another name is the same.",
        "gap": "Gap: no plan by the same rules and with as many grids has a total distance shorter "
        "by more than this share, or by the unproved metres for each household; a dash where "
        "nothing was proved.",
    },
    "zh": {
        "title": "方案对比",
        "changes": "从{0}到{1}：{2:,} 户换了网格，{3:,} 户换了联系党员，新增 {4:,} 户，"
        "减少 {5:,} 户。仅更名的网格视为不变。",
        "gap": "差距：在相同规则和网格数下，任何方案的总距离"
        "最多只能再缩短这一比例，每户平均不超过所列米数；“-”表示未作证明。",
    },
}
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #333; max-width: 75rem; margin: 2rem auto; }
table { border-collapse: collapse; } img { width: 100%; }
td, th { padding: .2rem .9rem; text-align: right; border-bottom: 1px solid #ddd; }
td:first-child, th:first-child { text-align: left; }
"""


def page(
    table: pd.DataFrame, figure: Figure | None, changes: pd.DataFrame | None, lang: Language
) -> str:
    """One HTML page that needs nothing else.

    Parameters
    ----------
    table
        As `Comparison.table` gives it.
    figure
        To be shown; None: without.
    changes
        As `Comparison.changes` gives them; None: not said.
    lang
        Language of the page.

    Returns
    -------
    str
    """
    words = _WORDS[lang]
    names = [escape(str(name)) for name in table.index]
    head = "".join(f"<th>{name}</th>" for name in ["", *names])
    rows = [
        f"<tr><td>{escape(getattr(MEASURES[measure], lang))}</td>"
        + "".join(f"<td>{written(measure, value)}</td>" for value in table[measure])
        + "</tr>"
        for measure in map(str, table)
    ]
    parts = [f"<h1>{words['title']}</h1>"]
    if changes is not None:
        parts.append(f"<p>{words['changes'].format(*names, *_counts(changes))}</p>")
    parts.append(f"<table><tr>{head}</tr>{''.join(rows)}</table><p>{words['gap']}</p>")
    if figure is not None:
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png")
        png = base64.b64encode(drawn.getvalue()).decode()
        parts.append(f'<img alt="" src="data:image/png;base64,{png}">')
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>{words['title']}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def table_text(table: pd.DataFrame) -> str:
    """A comparison for the terminal: a row per measure, a column per plan.

    Parameters
    ----------
    table
        As `Comparison.table` gives it.

    Returns
    -------
    str
    """
    names = [str(name) for name in table]
    shown = pd.DataFrame(
        {str(plan): [written(name, row[name]) for name in names] for plan, row in table.iterrows()},
        index=[MEASURES[name].en for name in names],
    )
    with pd.option_context("display.unicode.east_asian_width", True):  # noqa: FBT003
        return str(shown.to_string())


def _counts(changes: pd.DataFrame) -> tuple[int, int, int, int]:
    """Households with another grid, with another member, new and gone."""
    return (
        int(changes["grid_changed"].sum()),
        int(changes["member_changed"].sum()),
        int(changes["grid_before"].isna().sum()),
        int(changes["grid_after"].isna().sum()),
    )
