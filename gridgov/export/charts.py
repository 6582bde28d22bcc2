"""Panels of the summary: how something is spread over grids, members or villages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridgov.export.canvas import FAINT, INK, MEMBER, PALETTE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]


def bars(panel: Axes, numbers: IntArray, title: str, of: str) -> None:
    """Draw how often each whole number occurs.

    Parameters
    ----------
    panel
        Where to.
    numbers : ndarray of int
        One per thing; may be empty.
    title
        What the numbers are.
    of
        What is counted.
    """
    _plain(panel, title, of)
    if len(numbers) == 0:
        panel.text(0.5, 0.5, "none", transform=panel.transAxes, ha="center", color=FAINT)
        return
    values, counts = np.unique(numbers, return_counts=True)
    panel.bar(values, counts, width=0.86, color=PALETTE[0], zorder=2)
    panel.locator_params(axis="x", integer=True)
    panel.locator_params(axis="y", integer=True)
    panel.set_xlim(values[0] - 1, values[-1] + 1)


def mark_range(panel: Axes, least: int, most: int) -> None:
    """Mark the numbers that a rule allows.

    Parameters
    ----------
    panel
        With bars of whole numbers.
    least, most
        Both allowed.
    """
    left, right = panel.get_xlim()
    panel.set_xlim(min(left, least - 1), max(right, most + 1))
    panel.axvspan(least - 0.5, most + 0.5, color=PALETTE[1], alpha=0.4, zorder=0, linewidth=0)
    panel.margins(y=0.1)
    panel.text(
        (least + most) / 2, 0.98, f"the rule: {least}\N{EN DASH}{most}", color=FAINT, size=12,
        transform=panel.get_xaxis_transform(), ha="center", va="top",
    )  # fmt: skip


def histogram(panel: Axes, metres: FloatArray, title: str, of: str) -> None:
    """Draw distances up to the 99th percentile, with the mean, and say what lies beyond.

    Parameters
    ----------
    panel
        Where to.
    metres : ndarray of float
        The distances.
    title
        What the distances are.
    of
        What is counted.
    """
    _plain(panel, title, of)
    shown = max(float(np.percentile(metres, 99)), 1.0)
    panel.hist(metres, bins=40, range=(0, shown), color=PALETTE[0], zorder=2)
    panel.locator_params(axis="y", integer=True)
    mean = float(metres.mean())
    said = f"mean {mean:,.1f} m\nlongest {metres.max():,.0f} m"
    beyond = int((metres > shown).sum())
    if beyond:
        said += f"\n{beyond:,} of {len(metres):,} beyond {shown:,.0f} m"
    panel.axvline(mean, color=MEMBER, linewidth=1.5, zorder=3)
    panel.text(
        0.99, 0.97, said, color=INK, size=12,
        transform=panel.transAxes, ha="right", va="top",
    )  # fmt: skip


def gaps(panel: Axes, villages: pd.DataFrame) -> None:
    """Draw the gap of each village, largest first: grids as bars, pairing as dots.

    Parameters
    ----------
    panel
        Where to.
    villages
        As `Plan.villages` gives them.
    """
    _plain(panel, "Gap of each village", "per cent")
    grids = 100 * villages["gap"].to_numpy(dtype=float)
    pairing = 100 * villages["pairing_gap"].to_numpy(dtype=float)  # of those paired alone
    order = np.argsort(-grids, kind="stable")
    places = np.arange(len(order))
    panel.bar(places, grids[order], width=0.86, color=PALETTE[0], label="grids", zorder=2)
    highest = grids.max()
    if np.isfinite(pairing).any():
        panel.scatter(places, pairing[order], s=16, color=MEMBER, label="pairing", zorder=3)
        highest = max(highest, np.nanmax(pairing))
    panel.set_xticks([])
    panel.set_xlabel("villages, largest gap first", color=FAINT, size=12)
    panel.set_ylim(-0.01 * highest, 1.25 * max(highest, 0.001))
    panel.legend(loc="upper right", ncols=2, frameon=False, fontsize=12, labelcolor=INK)


def totals(panel: Axes, total: pd.Series[Any]) -> None:
    """Write the figures of the whole town.

    Parameters
    ----------
    panel
        Where to.
    total
        The last row of `Plan.summary`.
    """
    rows = [
        ("households", f"{total['households']:,.0f}"),
        ("grids", f"{total['grids']:,.0f}"),
        ("smallest, largest grid", f"{total['smallest']:.0f}, {total['largest']:.0f}"),
        ("written exceptions", f"{total['exceptions']:,.0f}"),
        ("mean way to the medoid", f"{total['mean_m']:.1f} m"),
        ("longest way to the medoid", f"{total['longest_m']:,.0f} m"),
        ("gap of the grids", f"{total['gap']:.3%}"),
    ]
    if np.isfinite(total["walk_m"]):
        rows += [
            ("members", f"{total['members']:,.0f}"),
            ("least, most households", f"{total['load_least']:.0f}, {total['load_most']:.0f}"),
            ("mean way to the member", f"{total['walk_m']:,.0f} m"),
            ("longest way to the member", f"{total['walk_longest_m']:,.0f} m"),
            ("grids of a member", f"{total['grids_per_member']:.2f}"),
            ("members of a grid", f"{total['members_per_grid']:.2f}"),
            ("members who share no grid", f"{total['whole_grids']:.1%}"),
            ("gap of the pairing", f"{total['pairing_gap']:.3%}"),
        ]
    panel.set_axis_off()
    panel.set_title("The plan", loc="left", size=14, weight="bold", color=INK)
    for row, (name, value) in enumerate(rows):
        height = 0.96 - 0.06 * row
        panel.text(0, height, name, transform=panel.transAxes, size=12.5, color=FAINT)
        panel.text(1, height, value, transform=panel.transAxes, size=12.5, color=INK, ha="right")


def _plain(panel: Axes, title: str, of: str) -> None:
    panel.set_title(title, loc="left", size=14, weight="bold", color=INK, pad=10)
    panel.set_ylabel(of, color=FAINT, size=12)
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["bottom", "left"]].set_color(FAINT)
    panel.tick_params(colors=FAINT, labelsize=11)
