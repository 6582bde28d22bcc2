"""A member's week as a little map: home, the stops in their order, a colour for each day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridgov.errors import ExportError
from gridgov.export.canvas import DAY_COLOURS, DAY_DASHES, INK, MEMBER
from gridgov.export.diaries import Day, Diary, diaries
from gridgov.export.wording import Language, day_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.plan import Plan

    FloatArray = NDArray[np.float64]
    #: Metres of the town to units of a picture.
    Placed = Callable[[FloatArray], FloatArray]

_WIDTH, _HEIGHT, _MARGIN = 720, 330, 34
_LEAST_M = 60  # a map of one house shows this much ground
_HALF = 7  # half the height of a stop's label
_PAPER, _PATH, _BARRIER, _HOUSE = "#FBFAF7", "#DDD5C3", "#225588", "#B9B4A9"


def week_map(plan: Plan, member: str, *, week: int = 1, lang: Language = "en") -> str:
    """Draw a member's rounds of a week.

    Parameters
    ----------
    plan
        A plan with visits.
    member
        Id of the member.
    week
        Week of the cycle, from 1.
    lang
        Language of the names of days: "en" or "zh".

    Returns
    -------
    str
        An SVG picture. Who is called by phone is not on it.

    Raises
    ------
    ExportError
        The plan has no visits, no such member or no such week.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, gg.Rules(days=5), gg.Search(effort="quick"))
    >>> week_map(plan, plan.members()["member"][0]).count("<polyline")
    5
    """
    check_week(plan, week)
    ids = plan.town.member_ids.tolist()
    if member not in ids:
        msg = f"the plan has no member {member!r}."
        raise ExportError(msg)
    return WeekMaps(plan, lang).draw(diaries(plan)[ids.index(member)], week)


def check_week(plan: Plan, week: int) -> None:
    """Refuse a week that the cycle does not have.

    Parameters
    ----------
    plan
        A plan.
    week
        Week of the cycle, from 1.

    Raises
    ------
    ExportError
        There is no such week.
    """
    if week not in range(1, plan.rules.weeks + 1):
        msg = f"week {week!r}: the cycle has weeks 1 to {plan.rules.weeks}."
        raise ExportError(msg)


class WeekMaps:
    """Draws the weeks of a plan's members.

    Parameters
    ----------
    plan
        A plan with visits.
    lang
        Language of the names of days.
    """

    def __init__(self, plan: Plan, lang: Language) -> None:
        town = plan.town
        self.plan, self.lang = plan, lang
        self.households = town.households_cm / 100
        self.members = town.members_cm / 100
        lines: Any = [] if town.paths is None else town.paths.lines_cm[~town.paths.joins]
        ways = shapely.transform(np.asarray(lines, dtype=object), _in_metres)
        self.paths = shapely.STRtree(np.asarray(ways))

    def draw(self, diary: Diary, week: int) -> str:
        """Draw the rounds of a week.

        Parameters
        ----------
        diary
            A member's.
        week
            Week of the cycle, from 1.

        Returns
        -------
        str
            An SVG picture, safe in a page whatever the ids are.
        """
        home = self.members[diary.member]
        walks = [day for day in diary.days if day.week == week and day.stops]
        stops = [self.households[day.stops] for day in walks]
        rounds = [self._round(diary.member, day) for day in walks]
        seen = np.concatenate([home[None], *rounds])
        low, high = seen.min(axis=0), seen.max(axis=0)
        middle, place = (low + high) / 2, np.array([_WIDTH, _HEIGHT]) / 2
        pixels = float(((2 * place - 2 * _MARGIN) / np.maximum(high - low, _LEAST_M)).min())

        def at(xy: FloatArray) -> FloatArray:
            return np.asarray((xy - middle) * [pixels, -pixels] + place)

        parts = [self._ground(middle, place / pixels, at, min(3.0, max(0.8, 2 * pixels)))]
        for day, own in zip(walks, rounds, strict=True):
            parts.append(
                f'<polyline points="{_corners(at(own))}" fill="none" stroke-width="2.2" '
                f'stroke-linejoin="round" {_stroke(day)}/>'
            )
        x, y = at(home)
        parts.append(f'<path d="M{x:.1f} {y - 9:.1f}l8.5 15h-17z" fill="{MEMBER}" stroke="#fff"/>')
        parts += _labels(walks, [at(own) for own in stops], at(home))
        parts += [self._legend(walks), _scale_bar(pixels)]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            f'font-family="sans-serif" font-size="10" fill="{INK}">'
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="{_PAPER}"/>{"".join(parts)}</svg>'
        )

    def _round(self, member: int, day: Day) -> FloatArray:
        """Corners of a round, in metres: straight, or along the paths."""
        town = self.plan.town
        home = town.members_cm[[member]]
        corners = np.concatenate([home, town.households_cm[day.stops], home])
        if (ways := town.villages[0].ways(self.plan.rules.distance)) is not None:
            corners = np.concatenate(ways.traces(corners[:-1], corners[1:]))
        return np.asarray(corners / 100)

    def _ground(self, middle: FloatArray, reach: FloatArray, at: Placed, wide: float) -> str:
        """Paths, barriers and all households around."""
        window = (*(middle - reach), *(middle + reach))
        ways = self.paths.geometries[self.paths.query(shapely.box(*window))]
        barriers = [] if self.plan.town.barriers is None else [self.plan.town.barriers]
        drawn = []
        for lines, colour in ((ways, _PATH), (barriers, _BARRIER)):
            pieces = shapely.get_parts(shapely.clip_by_rect(np.asarray(lines, object), *window))
            traces = [f"M{_corners(at(shapely.get_coordinates(piece)))}" for piece in pieces]
            if traces:
                drawn.append(
                    f'<path d="{"".join(traces)}" fill="none" stroke="{colour}" '
                    f'stroke-width="{wide:.1f}"/>'
                )
        near = (abs(self.households - middle) <= reach).all(axis=1)
        dots = "".join(f"M{x:.0f} {y:.0f}h0" for x, y in at(self.households[near]).tolist())
        houses = f'<path d="{dots}" stroke="{_HOUSE}" stroke-width="4" stroke-linecap="round"/>'
        return "".join([*drawn, houses])

    def _legend(self, walks: Sequence[Day]) -> str:
        """Colour of each day, at the top."""
        parts = [f'<rect width="{_WIDTH}" height="26" fill="{_PAPER}" fill-opacity="0.85"/>']
        for place, day in enumerate(walks):
            x = 10 + place * (_WIDTH - 20) / max(len(walks), 5)
            name = escape(day_name(self.plan.rules, day.week, day.day, self.lang))
            parts.append(
                f'<path d="M{x:.0f} 14h24" stroke-width="2.6" {_stroke(day)}/>'
                f'<text x="{x + 30:.0f}" y="18" font-size="11">{name}</text>'
            )
        return "".join(parts)


def _labels(walks: Sequence[Day], places: Sequence[FloatArray], home: FloatArray) -> list[str]:
    """Numbers of the stops: of a building, those of a day together, of several side by side."""
    parts: list[str] = []
    taken: dict[tuple[float, float], float] = {}
    for day, place in zip(walks, places, strict=True):
        numbered = enumerate(place.round(1).tolist(), start=1)
        for (x, y), group in groupby(numbered, key=lambda one: tuple(one[1])):
            stops = [stop for stop, _ in group]
            text = f"{stops[0]}" if len(stops) == 1 else f"{stops[0]}\N{EN DASH}{stops[-1]}"
            half = max(_HALF, 2 + 3 * len(text))
            beside_home = np.hypot(*(home - (x, y))) < 2 * _HALF
            left = taken.get((x, y), home[0] + _HALF + 3 if beside_home else x - half)
            taken[x, y] = left + 2 * half + 1
            parts.append(
                f'<rect x="{left:.1f}" y="{y - _HALF:.1f}" width="{2 * half}" '
                f'height="{2 * _HALF}" rx="{_HALF}" fill="#fff" stroke-width="2" '
                f'stroke="{DAY_COLOURS[day.day - 1]}"/>'
                f'<text x="{left + half:.1f}" y="{y + 3.5:.1f}" text-anchor="middle">{text}</text>'
            )
    return parts


def _stroke(day: Day) -> str:
    return f'stroke="{DAY_COLOURS[day.day - 1]}" stroke-dasharray="{DAY_DASHES[day.day - 1]}"'


def _corners(xy: FloatArray) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in xy.tolist())


def _in_metres(xy_cm: FloatArray) -> FloatArray:
    return xy_cm / 100


def _scale_bar(pixels: float) -> str:
    """Bar of a round length, a fifth of the map at most, and where north is."""
    most = _WIDTH / 5 / pixels
    power = 10.0 ** np.floor(np.log10(most))
    length = max(step * power for step in (1, 2, 5) if step * power <= most)
    return (
        f'<path d="M10 {_HEIGHT - 10}h{length * pixels:.1f}" stroke="{INK}" stroke-width="3"/>'
        f'<text x="10" y="{_HEIGHT - 16}" font-size="11">{length:,.0f} m</text>'
        f'<path d="M{_WIDTH - 16} {_HEIGHT - 10}v-22m-4 7l4 -7l4 7" stroke="{INK}" '
        f'fill="none" stroke-width="1.5"/>'
        f'<text x="{_WIDTH - 34}" y="{_HEIGHT - 12}" font-size="11">N</text>'
    )
