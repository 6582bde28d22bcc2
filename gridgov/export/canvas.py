"""What every picture is drawn on: figures, map axes, colours, and fonts that know the names.

Needs the extra ``plot``; matplotlib is imported when something is drawn.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridgov.errors import ExportError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection, PathCollection
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

#: Fills that stay apart for colour-blind eyes: the "light" scheme of P. Tol, Colour Schemes,
#: SRON/EPS/TN/09-002, issue 3.2, 2021.
PALETTE = (
    "#77AADD",
    "#EEDD88",
    "#EE8866",
    "#99DDFF",
    "#FFAABB",
    "#44BB99",
    "#BBCC33",
    "#AAAA00",
)
#: Lines of the days of a week, from the first: the "bright" scheme of the same; and dashes, for
#: paper without colours.
DAY_COLOURS = ("#4477AA", "#EE6677", "#228833", "#AA3377", "#CCBB44", "#66CCEE", "#999999")
DAY_DASHES = ("none", "7 3", "2 3", "10 3 2 3", "14 4", "4 2", "1 2")
INK = "#333333"
FAINT = "#777777"
MEMBER = "#BB1133"

_WIDTH_IN, _DPI = 16, 100  # 1,600 pixels
_LEAST_IN, _MOST_IN = 7, 20
_MOST_SIGNS = 50  # of a title; in Chinese they are as wide as the picture

_LATIN_FAMILY = "DejaVu Sans"  # comes with matplotlib
#: Families with Chinese characters, the usual ones of Linux, Windows and macOS.
_CJK_FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "Arial Unicode MS",
)


def new_figure(height_in: float) -> Figure:
    """Empty figure, 1,600 pixels wide, outside of pyplot.

    Parameters
    ----------
    height_in
        Height in inches of 100 pixels.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ExportError
        matplotlib is missing.
    """
    try:
        import matplotlib  # noqa: F401, ICN001 - only whether it is there
    except ImportError as error:
        msg = "Pictures need matplotlib: pip install gridgov[plot]"
        raise ExportError(msg) from error
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    class Picture(Figure):
        """A figure that a notebook shows by itself, without pyplot."""

        def _repr_png_(self) -> bytes:
            page = io.BytesIO()
            self.savefig(page, format="png", dpi=_DPI * 0.6)
            return page.getvalue()

    layout = ConstrainedLayoutEngine(w_pad=0.2, h_pad=0.2)
    figure = Picture(figsize=(_WIDTH_IN, height_in), dpi=_DPI, layout=layout)
    FigureCanvasAgg(figure)
    return figure


def new_map(seen: FloatArray, title: str, caption: str) -> tuple[Figure, Axes]:
    """Figure with a map: equal aspect, no clutter, a scale bar, a title and a line of figures.

    Parameters
    ----------
    seen : ndarray, shape (k, 2)
        Points that must be on the map, in metres.
    title, caption
        What stands above it.

    Returns
    -------
    figure, axes
    """
    low, high = seen.min(axis=0), seen.max(axis=0)
    air = max(0.03 * float((high - low).max()), 10.0)
    low, high = low - air, high + air
    width, height = high - low
    figure = new_figure(float(np.clip(_WIDTH_IN * height / width + 1.6, _LEAST_IN, _MOST_IN)))
    axes = figure.add_subplot()
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    text, families = legible(title)
    axes.set_title(
        text, family=families, loc="left", size=20, weight="bold", color=INK, pad=32,
        parse_math=False,
    )  # fmt: skip
    axes.annotate(
        caption, (0, 1), (0, 9), xycoords="axes fraction", textcoords="offset points",
        size=12.5, color=FAINT, va="bottom",
    )  # fmt: skip
    _scale_bar(axes, float(low[0]), float(width))
    return figure, axes


def _scale_bar(axes: Axes, left: float, width: float) -> None:
    """Draw a bar of a round length, a seventh of the map at most, below it."""
    power = 10.0 ** np.floor(np.log10(width / 7))
    length = max(step * power for step in (1, 2, 5) if step * power <= width / 7)
    across = axes.get_xaxis_transform()  # metres along the map, fractions of it upwards
    axes.plot(
        [left, left + length], [-0.015, -0.015], transform=across, color=INK, linewidth=3,
        solid_capstyle="butt", clip_on=False,
    )  # fmt: skip
    axes.text(
        left + length, -0.015, f"  {length:,.0f} m", transform=across, va="center",
        color=INK, size=12,
    )  # fmt: skip


def fill(
    axes: Axes,
    shapes: Iterable[shapely.Geometry | None],
    colours: Sequence[str],
    *,
    opacity: float,
    edge_width: float,
) -> PathCollection:
    """Fill polygons, with white edges between them.

    Parameters
    ----------
    axes
        Where to.
    shapes
        Polygons; those that are missing or empty stay as nothing.
    colours
        A colour for each.
    opacity
        0 to 1.
    edge_width
        In points.

    Returns
    -------
    matplotlib.collections.PathCollection
        One path per shape.
    """
    from matplotlib.collections import PathCollection
    from matplotlib.colors import to_rgba_array
    from matplotlib.path import Path

    paths = []
    for shape in shapes:
        outlines = [Path(ring, closed=True) for ring in _rings([shape])]
        paths.append(Path.make_compound_path(*outlines) if outlines else Path(np.empty((0, 2))))
    collection = PathCollection(
        paths, facecolors=to_rgba_array(colours, opacity), edgecolors="white",
        linewidths=edge_width, zorder=2,
    )  # fmt: skip
    axes.add_collection(collection, autolim=False)
    return collection


def outline(
    axes: Axes,
    shapes: Iterable[shapely.Geometry | None],
    *,
    colour: str,
    width: float,
    label: str,
) -> LineCollection:
    """Draw lines, or the edges of polygons.

    Parameters
    ----------
    axes
        Where to.
    shapes
        Lines or polygons, of one or several parts; None stays as nothing.
    colour
        Of all of them.
    width
        In points.
    label
        What they are called in the legend.

    Returns
    -------
    matplotlib.collections.LineCollection
    """
    from matplotlib.collections import LineCollection

    lines = LineCollection(_rings(shapes), colors=colour, linewidths=width, label=label, zorder=3)
    axes.add_collection(lines, autolim=False)
    return lines


def _rings(shapes: Iterable[shapely.Geometry | None]) -> list[FloatArray]:
    """Coordinates of all lines, and of all rings of polygons, that the shapes consist of."""
    parts = shapely.get_parts(np.array([each for each in shapes if each is not None], dtype=object))
    rings = []
    for part in parts:
        if part.geom_type == "Polygon" and not part.is_empty:
            rings += [part.exterior, *part.interiors]
        elif not part.is_empty:
            rings.append(part)
    return [shapely.get_coordinates(ring) for ring in rings]


def legend(axes: Axes, *, marker_scale: float = 1) -> None:
    """Name what is drawn in a row below the map, to the right of the scale bar.

    Parameters
    ----------
    axes
        The map.
    marker_scale
        How much larger than on the map a marker stands in the legend.
    """
    axes.legend(
        loc="upper right", bbox_to_anchor=(1, 0), ncols=9, frameon=False, fontsize=12,
        labelcolor=INK, markerscale=marker_scale, borderaxespad=0.2, handlelength=1.6,
    )  # fmt: skip


def darker(colour: str) -> tuple[float, float, float]:
    """Return a darker tone of a colour, for dots on a ground of that colour."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)
    return 0.55 * red, 0.55 * green, 0.55 * blue


def add_legend(panel: Axes, size: float) -> None:
    """Say what the lines of a panel are; their names are plain text, no formulas.

    Parameters
    ----------
    panel
        Axes whose lines have labels.
    size
        Of the letters, in points.
    """
    _, families = legible("")
    legend = panel.legend(frameon=False, prop={"family": families, "size": size}, labelcolor=INK)
    for text in legend.get_texts():
        text.set_parse_math(False)


def legible(text: str) -> tuple[str, list[str]]:
    """Text and the font families that show it; what none of them can show becomes a square.

    A very long text is cut, or there would be no room for the map.

    Parameters
    ----------
    text
        In any script.

    Returns
    -------
    text, families
    """
    families, characters = _fonts()
    text = text if len(text) <= _MOST_SIGNS else f"{text[: _MOST_SIGNS - 1]}\N{HORIZONTAL ELLIPSIS}"
    return "".join(each if ord(each) in characters else "\N{WHITE SQUARE}" for each in text), [
        *families
    ]


@cache
def _fonts() -> tuple[tuple[str, ...], frozenset[int]]:
    """Families to use and all characters that they can show."""
    from matplotlib.font_manager import FontProperties, fontManager, get_font

    installed = {font.name for font in fontManager.ttflist}
    chinese = [name for name in _CJK_FAMILIES if name in installed][:1]
    families = (_LATIN_FAMILY, *chinese)
    # A family without bold letters shows its own ones: nothing that a planner must be told.
    logger = logging.getLogger("matplotlib.font_manager")
    logger.addFilter(lambda record: "Failed to find font weight" not in record.getMessage())
    files = [fontManager.findfont(FontProperties(family)) for family in families]
    return families, frozenset(code for file in files for code in get_font(file).get_charmap())
