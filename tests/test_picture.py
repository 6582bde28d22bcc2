"""Pictures of a plan: neighbours differ, everybody is there, and no character gets lost."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from places import make_town, make_village

from gridgov.errors import ExportError, PlanError
from gridgov.pipeline import solve
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.town import Town

pytest.importorskip("matplotlib")

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from gridgov.export.canvas import PALETTE, legible, new_figure
from gridgov.export.charts import histogram
from gridgov.export.picture import draw_summary, draw_town, draw_village, grid_colours


def labelled(axes: Axes) -> dict[str, PathCollection | LineCollection]:
    """What is drawn on a map, by its name in the legend."""
    return {
        str(each.get_label()): each
        for each in axes.collections
        if isinstance(each, PathCollection | LineCollection)
        and not str(each.get_label()).startswith("_")
    }


def pixels(figure: Figure) -> np.ndarray:
    """What the figure looks like; any warning on the way is an error."""
    with io.BytesIO() as memory:
        figure.savefig(memory, format="rgba")
        width, height = (round(length * figure.dpi) for length in figure.get_size_inches())
        return np.frombuffer(memory.getvalue(), np.uint8).reshape(height, width, 4)


def renamed(plan: Plan, name: str) -> Plan:
    """Return the hamlet's plan with another name of the village."""
    part = plan.village_plans[0]
    village = replace(part.village, name=name)
    town = Town(crs=plan.town.crs, villages=(village,), barriers=plan.town.barriers)
    return replace(plan, town=town, village_plans=(replace(part, village=village),))


def test_grids_that_touch_have_different_colours() -> None:
    """A honeycomb with an island, a missing and an empty territory: no two neighbours alike."""
    rng = np.random.default_rng(8)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(rng.random((120, 2)) * 1_000))
    )
    island = shapely.box(480, 480, 481, 481)
    cells = [cell.difference(island) for cell in cells]
    shapes = [*cells, island, None, shapely.Polygon()]
    colours = grid_colours(gpd.GeoDataFrame(geometry=shapes, crs="EPSG:32650"))
    assert set(colours) <= set(PALETTE)
    touching = 0
    for one, other in combinations(range(len(cells) + 1), 2):
        if shapes[one].intersects(shapes[other]):
            touching += 1
            assert colours[one] != colours[other]
    assert touching > 200


def test_a_village_shows_everybody_and_who_visits_whom(hamlet_plan: Plan) -> None:
    """Each household, medoid, member and pairing line stands where it is."""
    figure = draw_village(hamlet_plan, "Hamlet")
    assert figure.get_size_inches()[0] * figure.dpi == 1600
    (axes,) = figure.axes
    assert axes.get_aspect() == 1
    part = hamlet_plan.village_plans[0]
    drawn = labelled(axes)
    dots = drawn["household"]
    np.testing.assert_array_equal(dots.get_offsets(), part.village.xy)
    assert len(np.unique(dots.get_facecolors(), axis=0)) == 3
    np.testing.assert_array_equal(drawn["medoid"].get_offsets(), part.village.xy[part.grids.medoid])
    np.testing.assert_array_equal(drawn["member"].get_offsets(), part.village.member_xy)
    lines = drawn["pairing"]
    assert isinstance(lines, LineCollection)
    ends = np.array(lines.get_segments())
    np.testing.assert_array_equal(ends[:, 0], part.village.xy)
    pairing = hamlet_plan.pairing
    assert pairing is not None
    np.testing.assert_array_equal(ends[:, 1], part.village.member_xy[pairing.member_of])
    led = drawn["leader"]
    assert isinstance(led, LineCollection)
    ends = np.array(led.get_segments())
    np.testing.assert_array_equal(ends[:, 0], part.village.xy[part.grids.medoid])
    np.testing.assert_array_equal(ends[:, 1], part.village.member_xy[pairing.leader_of])
    assert not {"group", "outside member"} & set(drawn)
    assert axes.get_title(loc="left") == "Hamlet"
    caption = " ".join(text.get_text() for text in axes.texts)
    assert "12 households in 3 grids of 3 to 5" in caption
    assert "2 members" in caption
    assert "35 m to the member, 57 at most" in caption


def test_a_village_shows_its_groups_and_members_of_other_villages() -> None:
    """Groups have a heavier outline; who comes from elsewhere is on the map, and set apart."""
    street = np.array([(step * 900, 0) for step in range(24)])
    town = make_town(
        make_village(street, [(0, 500)], name="A"),
        make_village(np.add(street, [0, 5_000]), [(0, 4_000), (900, 4_000)], name="B", first_row=24,
                     first_member_row=1),
    )  # fmt: skip
    rules = Rules(
        households_per_grid=(3, 3), grids_per_group=(4, 4), pair_by="household",
        pair_across="town", households_per_member=(16, 16),
    )  # fmt: skip
    plan = solve(town, rules, Search(effort="quick"))
    assert plan.pairing is not None
    drawn = labelled(draw_village(plan, "A").axes[0])
    others = drawn["outside member"].get_offsets()
    borrowed = np.unique(plan.pairing.member_of[:24])[1:]
    np.testing.assert_array_equal(others, town.members_cm[borrowed] / 100)
    outlines = drawn["group"]
    assert isinstance(outlines, LineCollection)
    assert len(outlines.get_segments()) == 2
    ends = np.array(drawn["pairing"].get_segments())  # type: ignore[union-attr]
    np.testing.assert_array_equal(ends[:, 1], town.members_cm[plan.pairing.member_of[:24]] / 100)
    assert "outside member" not in labelled(draw_village(plan, "B").axes[0])
    pixels(draw_village(plan, "A"))
    pixels(draw_summary(plan))


def test_a_household_has_the_colour_of_the_ground_it_stands_on(hamlet_plan: Plan) -> None:
    """The fills of the territories are the colours of the grids, in their order."""
    figure = draw_village(hamlet_plan, "Hamlet")
    grids = hamlet_plan.grids()
    fills = next(
        each
        for each in figure.axes[0].collections
        if isinstance(each, PathCollection) and len(each.get_paths()) == len(grids)
    )
    colours = grid_colours(grids)
    for path, shape, face, colour in zip(
        fills.get_paths(), grids.geometry, fills.get_facecolors(), colours, strict=True
    ):
        assert same_color(face[:3], colour)
        west, south, east, north = shape.bounds
        box = path.get_extents()
        assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((west, south, east, north))


def test_the_scale_bar_is_as_long_as_it_says(hamlet_plan: Plan) -> None:
    """Its ends are so many metres of the map apart."""
    (axes,) = draw_village(hamlet_plan, "Hamlet").axes
    (bar,) = axes.lines
    left, right = np.asarray(bar.get_xdata(), dtype=float)
    (label,) = (text.get_text() for text in axes.texts if text.get_text().startswith("  "))
    assert f"{right - left:,.0f} m" == label.strip()
    low, high = axes.get_xlim()
    assert 0.05 < (right - left) / (high - low) < 0.2


def test_a_town_shows_medoids_members_and_names(hamlet_plan: Plan) -> None:
    """The town picture holds all medoids and members, and the village by name."""
    figure = draw_town(hamlet_plan)
    drawn = labelled(figure.axes[0])
    assert len(drawn["medoid"].get_offsets()) == 3
    assert len(drawn["member"].get_offsets()) == 2
    assert "Hamlet" in [text.get_text() for text in figure.axes[0].texts]
    picture = pixels(figure)
    assert picture.shape[1] == 1600
    assert len(np.unique(picture.view(np.uint32))) > 50


def test_a_barrier_is_drawn(hamlet_plan: Plan) -> None:
    """A river stands on both maps."""
    river = shapely.MultiLineString([[(500_000, 4_000_000), (500_200, 4_000_050)]])
    plan = replace(hamlet_plan, town=replace(hamlet_plan.town, barriers=river))
    for figure in (draw_town(plan), draw_village(plan, "Hamlet")):
        lines = labelled(figure.axes[0])["barrier"]
        assert isinstance(lines, LineCollection)
        assert len(lines.get_segments()) == 1


def test_a_plan_without_members(hamlet_plan: Plan) -> None:
    """Grids without boundary: no lines, no markers, and the summary says that there are none."""
    part = hamlet_plan.village_plans[0]
    none = np.array([], dtype=np.int64)
    village = replace(
        part.village, members=none.astype(str), member_xy_cm=none.reshape(0, 2), capacity=none,
        least=none, available=none, homes=none.astype(str), member_rows=none, boundary=None,
    )  # fmt: skip
    town = replace(hamlet_plan.town, villages=(village,))
    alone = replace(part, village=village)
    plan = replace(hamlet_plan, town=town, village_plans=(alone,), pairing=None)
    for figure in (draw_town(plan), draw_village(plan, "Hamlet")):
        assert not {"member", "pairing", "leader"} & set(labelled(figure.axes[0]))
        pixels(figure)
    figure = draw_summary(plan)
    assert "none" in [text.get_text() for axes in figure.axes for text in axes.texts]
    pixels(figure)


def test_the_summary_counts_everything_once(hamlet_plan: Plan) -> None:
    """Bars of sizes and loads add up to the grids and the members."""
    figure = draw_summary(hamlet_plan)
    heights = {
        axes.get_title(loc="left"): [bar.get_height() for bar in axes.patches if bar.get_height()]
        for axes in figure.axes
    }
    # The mark of the rule is a patch of height 1, besides the bars.
    assert sorted(heights["Households of a grid"]) == [1, 1, 1, 1]
    assert heights["Households of a member"] == [1, 1]
    assert sum(heights["Metres from a household to its medoid"]) >= 11
    (gap,) = heights["Gap of each village"]
    assert gap == pytest.approx(100 * hamlet_plan.village_plans[0].grids.certificate.gap)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert {"households", "12", "grids", "3", "members", "2"} <= set(texts)
    assert {"grids of a member", "2.00", "members of a grid", "1.33"} <= set(texts)
    assert {"longest way to the member", "57 m", "members who share no grid", "0.0%"} <= set(texts)
    pixels(figure)


def test_a_histogram_counts_what_it_leaves_out() -> None:
    """Distances beyond the axis are counted; when there are none, nothing is said of them."""
    panel = new_figure(1.0).add_subplot()
    histogram(panel, np.array([1.0] * 199 + [500.0]), "Metres", "households")
    assert panel.texts[0].get_text().endswith("longest 500 m\n1 of 200 beyond 1 m")
    panel = new_figure(1.0).add_subplot()
    histogram(panel, np.ones(9), "Metres", "households")
    assert "beyond" not in panel.texts[0].get_text()


def test_a_name_in_any_script_is_drawn_without_a_warning(
    hamlet_plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    """A Chinese name is shown where a font has it; a sign that no font has becomes a square."""
    plan = renamed(hamlet_plan, "枣庄村 \U000f1234")
    for figure in (draw_town(plan), draw_village(plan, plan.town.villages[0].name)):
        pixels(figure)
    assert not caplog.records
    text, families = legible("Zǎo 枣\U000f1234")
    assert text[:4] == "Zǎo "
    assert text[4] in {"枣", "\N{WHITE SQUARE}"}
    assert text[5] == "\N{WHITE SQUARE}"
    assert (text[4] == "枣") == (len(families) > 1)


def test_a_village_that_is_not_there_is_named(hamlet_plan: Plan) -> None:
    """The message tells which villages there are."""
    with pytest.raises(PlanError, match=r"no village 'Elsewhere'; it has 'Hamlet'\.$"):
        draw_village(hamlet_plan, "Elsewhere")


def test_the_plan_plots_itself(hamlet_plan: Plan) -> None:
    """`Plan.plot` draws the town, or the village that is named."""
    assert "pairing" not in labelled(hamlet_plan.plot().axes[0])
    assert "pairing" in labelled(hamlet_plan.plot("Hamlet").axes[0])


def test_without_matplotlib_the_way_to_get_it_is_told(
    hamlet_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is named in the error."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for draw in (draw_town, draw_summary):
        with pytest.raises(ExportError, match=r"pip install gridgov\[plot\]"):
            draw(hamlet_plan)


def test_pictures_leave_pyplot_alone() -> None:
    """Drawing opens no pyplot, and importing the pictures opens no matplotlib."""
    code = (
        "import sys; from hamlet import make_hamlet_plan; import gridgov.export.picture as p; "
        "assert 'matplotlib' not in sys.modules; "
        "p.draw_village(make_hamlet_plan(), 'Hamlet').savefig('/dev/null', format='png'); "
        "assert 'matplotlib' in sys.modules; assert 'matplotlib.pyplot' not in sys.modules"
    )
    paths = [entry for entry in sys.path if entry]
    subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {code}"],
        check=True,
        capture_output=True,
    )
