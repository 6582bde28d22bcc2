"""A plan as a map in one HTML file, which opens from a disk and asks no network for anything.

The page holds three things: the plan as JSON, an empty bokeh figure that draws what it is given,
and `web_map.js`, which hands the one to the other, with the walks of
`web_map_walks.js`, in the words of `web_map_words.js`. Needs the extra ``map``.
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from gridgov.errors import ExportError
from gridgov.export.contract import PUBLIC_VERSION, SCHEMA_VERSION, Standing
from gridgov.export.map_data import map_data, public_map_data

if TYPE_CHECKING:
    from gridgov.auditing import Report
    from gridgov.export.layers import Layers
    from gridgov.export.wording import Language
    from gridgov.plan import Plan

_INK, _FAINT, _MARK = "#333333", "#777777", "#111111"
_MEMBER, _BARRIER, _PATH, _GROUND = "#BB1133", "#225588", "#B9A888", "#FBFAF7"
_WALK = "#884477"
_GENERATOR = '<meta name="generator" content="gridgov '
_PUBLIC = "public "
_HEAD = 1_000  # the generator stands within so many bytes


def write_web_map(plan: Plan, report: Report, path: Path, *, lang: Language = "en") -> None:
    """Write a plan as a map in one HTML file.

    Parameters
    ----------
    plan
        The plan.
    report
        Its audit.
    path
        A file that does not exist yet.
    lang
        Language in which the page opens; it can be turned to the other one there.

    Raises
    ------
    ExportError
        bokeh is missing.
    """
    data = map_data(plan, report)
    path.write_bytes(_page(data, f"{_GENERATOR}{SCHEMA_VERSION}", lang).encode())


def write_public_map(layers: Layers, path: Path, *, lang: Language = "en") -> None:
    """Write the layers of a public plan as a map in one HTML file.

    Parameters
    ----------
    layers
        Of the public profile.
    path
        A file that does not exist yet.
    lang
        Language in which the page opens.

    Raises
    ------
    ExportError
        bokeh is missing.
    """
    data = public_map_data(layers)
    path.write_bytes(_page(data, f"{_GENERATOR}{_PUBLIC}{PUBLIC_VERSION}", lang).encode())


def _page(data: dict[str, Any], generator: str, lang: Language) -> str:
    """The page of a map, with what it is told of a plan."""
    require_bokeh()
    from bokeh.resources import Resources

    library = "\n".join(Resources(mode="inline", components=["bokeh"], minified=True).js_raw)
    page = resources.files("gridgov.export")
    program = "".join(
        page.joinpath(f"{name}.js").read_text("utf-8")
        for name in ("web_map_words", "web_map_walks", "web_map")
    )
    return Template(page.joinpath("web_map.html").read_text("utf-8")).substitute(
        lang=lang,
        generator=f'{generator}">',
        # The browser runs these two scripts and no other, and loads nothing at all.
        scripts=" ".join(map(_fingerprint, (library, program))),
        library=library,
        program=program,
        figure=_in_html(_item(_figure())),
        plan=_in_html(data),
    )


def require_bokeh() -> None:
    """Make sure that maps can be written.

    Raises
    ------
    ExportError
        bokeh is missing.
    """
    try:
        import bokeh.resources  # noqa: F401 - only whether it is there
    except ImportError as error:
        msg = "Maps need bokeh: pip install gridgov[map]"
        raise ExportError(msg) from error


def standing_map(path: Path) -> Standing:
    """What a written map holds.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Standing
        A map of gridgov holds nothing foreign.

    Raises
    ------
    ExportError
        The file is something else, or can't be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        msg = f"can't be read: {error.strerror or error}."
        raise ExportError(msg) from error
    if _GENERATOR.encode() not in head:
        msg = "this is no map of gridgov."
        raise ExportError(msg)
    return Standing(public=f"{_GENERATOR}{_PUBLIC}".encode() in head, foreign=[])


def _fingerprint(script: str) -> str:
    """Name a script in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _in_html(value: Any) -> str:
    """Write JSON that no HTML parser takes for a tag."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _item(root: Any) -> dict[str, Any]:
    """Figure as `Bokeh.embed.embed_item` takes it, the same for the same figure."""
    from bokeh.document import Document

    document = Document()
    document.add_root(root)
    names: dict[str, str] = {}
    content = _renamed(document.to_json(deferred=False), names)
    return {"doc": content, "root_id": names[root.id]}


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """Number bokeh's models in the order of the document, not of all that the process made."""
    if isinstance(value, dict):
        return {
            key: names.setdefault(each, f"m{len(names)}") if key == "id" else _renamed(each, names)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    return value


def _figure() -> Any:
    """Map without data: a named renderer per layer, from the ground up."""
    import bokeh.models
    from bokeh.plotting import figure

    models: Any = bokeh.models  # its stubs lag behind it
    wheel = models.WheelZoomTool(zoom_on_axis=False)
    plan: Any = figure(
        x_range=models.Range1d(start=0, end=1), y_range=models.Range1d(start=0, end=1),
        sizing_mode="stretch_both",
        tools=[models.PanTool(), wheel, models.ResetTool()], active_scroll=wheel,
        output_backend="canvas", background_fill_color=_GROUND, border_fill_color=_GROUND,
        outline_line_color=None, min_border=0, toolbar_location=None,
        lod_threshold=6_000, lod_interval=200, lod_timeout=250,
    )  # fmt: skip
    plan.axis.visible = False
    plan.grid.visible = False
    plan.multi_polygons(
        **_columns("xs", "ys", "colour"), fill_color="colour", fill_alpha=0.55,
        line_color="white", line_width=1.2, name="grids",
    )  # fmt: skip
    plan.line(
        **_columns("x", "y"), line_join="round", line_color=_PATH, line_width=1.2, name="paths"
    )
    plan.line(
        **_columns("x", "y"),
        line_join="round",
        line_color=_INK,
        line_width=1.0,
        line_alpha=0.6,
        name="villages",
    )
    plan.line(
        **_columns("x", "y"), line_join="round", line_color=_INK, line_width=2.2, name="groups"
    )
    plan.line(
        **_columns("x", "y"), line_join="round", line_color=_BARRIER, line_width=3, name="barriers"
    )
    segments = ("x0", "y0", "x1", "y1")
    plan.segment(
        **_columns(*segments), line_color=_FAINT, line_width=0.7,
        line_alpha=0.55, name="lines",
    )  # fmt: skip
    plan.line(
        **_columns("x", "y"), line_join="round", line_color=_WALK, line_width=0.8,
        line_alpha=0.7, name="walks",
    )  # fmt: skip
    plan.scatter(
        **_columns("x", "y", "colour"), size=3, fill_color="colour",
        line_color=None, name="households",
    )  # fmt: skip
    plan.scatter(
        **_columns("x", "y"), size=9, marker="triangle", fill_color=_MEMBER,
        line_color="white", line_width=0.8, name="members",
    )  # fmt: skip
    plan.text(
        **_columns("x", "y", "text"), text_color=_INK, text_font_size="13px",
        text_font_style="bold", text_align="center", text_baseline="middle", padding=3,
        background_fill_color="white", background_fill_alpha=0.75, border_radius=4, name="names",
    )  # fmt: skip
    plan.multi_polygons(
        **_columns("xs", "ys"), fill_color=None, line_color=_MARK, line_width=3,
        name="mark_ground",
    )  # fmt: skip
    plan.segment(**_columns(*segments), line_color=_MARK, line_width=1.6, name="mark_lines")
    plan.multi_line(
        **_columns("xs", "ys", "colour"), line_color="colour", line_width=2.6, line_join="round",
        name="mark_walks",
    )  # fmt: skip
    plan.text(
        **_columns("x", "y", "text", "colour", "shift"), x_offset="shift", text_color=_INK,
        text_font_size="11px", text_align="center", text_baseline="middle", padding=3,
        background_fill_color="white", border_line_color="colour", border_line_width=2,
        border_radius=8, name="mark_stops",
    )  # fmt: skip
    plan.scatter(
        **_columns("x", "y"), size=20, fill_color=None, line_color=_MARK,
        line_width=3, name="mark_points",
    )  # fmt: skip
    metres = models.Metric(base_unit="m", exclude=["hm", "dam", "dm"])
    bar = models.ScaleBar(
        range=plan.x_range, unit="m", dimensional=metres, location="bottom_left",
        bar_length=0.14, bar_line_color=_INK, bar_line_width=2, label_text_color=_INK,
        border_line_color=None, background_fill_color="white", background_fill_alpha=0.8,
        margin=12, padding=8,
    )  # fmt: skip
    plan.add_layout(bar)
    return plan


def _columns(*names: str) -> dict[str, Any]:
    """Columns of an empty source of its own, as a glyph takes them."""
    from bokeh.models import ColumnDataSource

    places = {name: name for name in names if name not in {"colour", "shift"}}
    return {"source": ColumnDataSource({name: [] for name in names}), **places}
