"""What is measured of a plan, so that plans can be set side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gridgov.given_layout import GIVEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.plan import Plan

    Numbers = NDArray[np.integer[Any]] | NDArray[np.floating[Any]]
    FloatArray = NDArray[np.float64]


#: Pace on a village path, in km/h: somewhat less than the comfortable gait of people in their
#: sixties (R. W. Bohannon, Age and Ageing 26, 1997, https://doi.org/10.1093/ageing/26.1.15).
PACE_KMH = 4.0


def measures(plan: Plan) -> dict[str, float]:
    """Figures of a plan, by name.

    Parameters
    ----------
    plan
        Any plan.

    Returns
    -------
    dict
        In the order in which they are shown; what the plan has nothing of (members, groups, a
        bound) is NaN. Compactness is the mean over the grids that have ground. See
        `gridgov.comparing.wording.MEASURES` for what each one is.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> figures = measures(gg.solve(town, search=gg.Search(effort="quick")))
    >>> figures["grids"], figures["mean_size"], figures["in_pieces"]
    (5.0, 12.0, 0.0)
    """
    total = plan.summary().loc["total"]
    sizes = np.concatenate([part.grids.sizes for part in plan.village_plans])
    distance = np.concatenate([part.grid_distance_cm for part in plan.village_plans]) / 100
    ground = plan.grids().geometry.to_numpy()
    ground = ground[~shapely.is_empty(ground)]
    figures = {
        "households": total["households"],
        "grids": total["grids"],
        "smallest": total["smallest"],
        "mean_size": sizes.mean(),
        "largest": total["largest"],
        "size_variation": variation(sizes),
        "size_gini": gini(sizes),
        "out_of_size": _out_of_size(plan),
        "in_pieces": _in_pieces(plan),
        "split_groups": _split_groups(plan),
        "mean_m": total["mean_m"],
        "p95_m": np.percentile(distance, 95),
        "longest_m": total["longest_m"],
        "total_m": distance.sum(),
        "polsby_popper": polsby_popper(ground).mean() if len(ground) else np.nan,
        "reock": reock(ground).mean() if len(ground) else np.nan,
        "exceptions": total["exceptions"],
        "gap": total["gap"] if _proved(plan) else np.nan,
        "unproved_m": _unproved_m(plan) if _proved(plan) else np.nan,
        **_of_pairing(plan, total),
        **_of_visits(plan),
    }
    return {name: float(value) for name, value in figures.items()}


def variation(numbers: Numbers) -> float:
    """Coefficient of variation: standard deviation / mean; 0 when all are 0.

    Parameters
    ----------
    numbers : ndarray, shape (n,)
        At least one, none below 0.

    Returns
    -------
    float

    Examples
    --------
    >>> variation(np.array([5, 5, 5])), variation(np.array([0, 2]))
    (0.0, 1.0)
    """
    mean = float(numbers.mean())
    return float(numbers.std()) / mean if mean else 0.0


def gini(numbers: Numbers) -> float:
    """Gini coefficient: 0 when all are equal, up to 1 - 1/n when one has everything.

    Parameters
    ----------
    numbers : ndarray, shape (n,)
        At least one, none below 0.

    Returns
    -------
    float

    References
    ----------
    C. Damgaard and J. Weiner, "Describing inequality in plant size or fecundity", Ecology 81, 2000,
    https://doi.org/10.1890/0012-9658(2000)081[1139:DIIPSO]2.0.CO;2

    Examples
    --------
    >>> gini(np.array([5, 5, 5])), gini(np.array([0, 0, 0, 8]))
    (0.0, 0.75)
    """
    n, total = len(numbers), float(numbers.sum())
    ranks = 2 * np.arange(1, n + 1) - n - 1
    return float((ranks * np.sort(numbers)).sum()) / (n * total) if total else 0.0


def polsby_popper(ground: NDArray[np.object_]) -> FloatArray:
    """Area of polygons / area of circles with the same perimeter: 1 for a circle.

    Parameters
    ----------
    ground : ndarray of shapely Polygon or MultiPolygon, shape (p,)
        With ground.

    Returns
    -------
    ndarray of float, shape (p,)

    References
    ----------
    D. D. Polsby and R. D. Popper, "The third criterion: compactness as a procedural safeguard
    against partisan gerrymandering", Yale Law and Policy Review 9, 1991,
    https://doi.org/10.2139/ssrn.2936284

    Examples
    --------
    >>> polsby_popper(np.array([shapely.box(0, 0, 1, 1)])).round(3)
    array([0.785])
    """
    return np.asarray(4 * np.pi * shapely.area(ground) / shapely.length(ground) ** 2)


def reock(ground: NDArray[np.object_]) -> FloatArray:
    """Area of polygons / area of the smallest circles around them: 1 for a circle.

    Parameters
    ----------
    ground : ndarray of shapely Polygon or MultiPolygon, shape (p,)
        With ground.

    Returns
    -------
    ndarray of float, shape (p,)

    References
    ----------
    E. C. Reock, "A note: measuring compactness as a requirement of legislative apportionment",
    Midwest Journal of Political Science 5, 1961, https://doi.org/10.2307/2109043

    Examples
    --------
    >>> reock(np.array([shapely.box(0, 0, 1, 1)])).round(3)
    array([0.637])
    """
    return np.asarray(shapely.area(ground) / (np.pi * shapely.minimum_bounding_radius(ground) ** 2))


def _proved(plan: Plan) -> bool:
    """Whether anybody looked for a bound of the grids."""
    return any(part.grids.certificate.method != GIVEN for part in plan.village_plans)


def _unproved_m(plan: Plan) -> float:
    """What lies between cost and bound, in metres for each household."""
    proofs = [part.grids.certificate for part in plan.village_plans]
    between_cm = sum(proof.value - proof.lower_bound for proof in proofs)
    return between_cm / 100 / plan.town.household_count


def _out_of_size(plan: Plan) -> int:
    """Grids whose load the rules of the plan don't allow."""
    least, most = plan.rules.grid_load
    loads = np.concatenate(
        [
            np.bincount(part.grids.grid_of, plan.rules.loads(part.village.residents))
            for part in plan.village_plans
        ]
    )
    return int(((loads < least) | (loads > most)).sum())


def _in_pieces(plan: Plan) -> int:
    """Grids that links do not hold together."""
    pieces = 0
    for part in plan.village_plans:
        order = np.argsort(part.grids.grid_of, kind="stable")
        for own in np.split(order, np.cumsum(part.grids.sizes)[:-1]):
            pieces += not part.village.links.connected(own)
    return pieces


def _split_groups(plan: Plan) -> float:
    """Villager groups whose households are in several grids; NaN where there are no groups."""
    group = np.concatenate([village.group for village in plan.town.villages])
    table = pd.DataFrame(
        {"village": plan.town.village_of_household, "group": group, "grid": plan.grid_of}
    )
    parts = table[table["group"] != ""].drop_duplicates().groupby(["village", "group"]).size()
    return float((parts > 1).sum()) if len(parts) else np.nan


def _of_pairing(plan: Plan, total: Any) -> dict[str, float]:
    """Loads and walks of members; NaN where nobody is paired."""
    names = (
        "members", "load_least", "load_mean", "load_most", "load_variation", "load_gini", "walk_m",
        "walk_p95_m", "walk_longest_m", "grids_per_member", "members_per_grid", "pairing_gap",
    )  # fmt: skip
    figures = dict.fromkeys(names, np.nan)
    if plan.pairing is not None:
        contact, town = plan.pairing.member_of, plan.town
        load = np.bincount(contact, minlength=town.member_count)[town.available]
        figures |= {name: total[name] for name in names if name in total}
        figures["walk_p95_m"] = np.percentile(plan.walk_cm(contact), 95) / 100
        if len(load):
            figures |= {
                "load_mean": load.mean(),
                "load_variation": variation(load),
                "load_gini": gini(load),
            }
    return figures


def _of_visits(plan: Plan) -> dict[str, float]:
    """Walking of members who have a round, in a week of the cycle; NaN where none is planned."""
    visits = plan.visits
    if visits is None or not len(visits.rounds):
        return dict.fromkeys(
            ("round_m", "week_km", "week_km_most", "week_hours", "dropped"), np.nan
        )
    rounds = visits.rounds
    _, who = np.unique(rounds.member, return_inverse=True)
    week_km = np.bincount(who, rounds.walk_cm) / 100_000 / plan.rules.weeks
    return {
        "round_m": rounds.walk_cm.mean() / 100,
        "week_km": week_km.mean(),
        "week_km_most": week_km.max(),
        "week_hours": week_km.mean() / PACE_KMH,
        "dropped": float(sum(each.due - each.planned for each in visits.dropped)),
    }
