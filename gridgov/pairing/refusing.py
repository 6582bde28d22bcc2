"""What is said when not everybody can be paired: the numbers of minimum cuts, and what would do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridgov.findings import count
from gridgov.pairing.cutting import Shortage, crowds_of, shortages
from gridgov.pairing.remedying import Refusal, Remedy, across_regions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gridgov.pairing.posing import Region
    from gridgov.pairing.wishing import Wanted
    from gridgov.rules import Rules
    from gridgov.town import Town

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

_NAMED = 3  # villages that are named; the others are counted
_LISTED = 5  # households that are listed
_SENTENCES = 2  # about one region
_LINES = 10  # about regions


def refuse(  # noqa: PLR0917
    town: Town,
    rules: Rules,
    regions: Sequence[Region],
    wishes: Wanted,
    reach: BoolArray,
    grid_sizes: Sequence[IntArray],
) -> str | None:
    """Say why not everybody can be paired, and what would do.

    Parameters
    ----------
    town
        The town.
    rules
        What a pairing must obey.
    regions
        All regions of the town.
    wishes
        Of the whole town.
    reach : ndarray of bool, shape (v, v)
        Whether members of a village (row) may take households of another (column).
    grid_sizes
        Households of each grid, for every village of the town.

    Returns
    -------
    str or None
        None: everybody can be paired. Otherwise a line for each region where not, in the numbers
        of minimum cuts, and one with single changes that do.
    """
    refusal = _refusal(town, rules, regions, wishes, reach, grid_sizes)
    if refusal is None:
        return None
    lines = [" ".join(_sentences(town, rules, region, found)) for region, found in refusal.short]
    if len(lines) > _LINES + 1:
        lines[_LINES:] = [f"{len(lines) - _LINES} more parts of the town are short."]
    if len(refusal.parted.row):
        lines.append(_parted(town, rules, refusal.parted))
    texts = [remedy.text for remedy in refusal.remedies(reach)]
    head = "What would do, each by itself: " if len(texts) > 1 else "What would do: "
    return "\n".join([*lines, f"{head}{'; '.join(texts)}."])


def remedies(  # noqa: PLR0917
    town: Town,
    rules: Rules,
    regions: Sequence[Region],
    wishes: Wanted,
    reach: BoolArray,
    grid_sizes: Sequence[IntArray],
) -> list[Remedy]:
    """Find single changes after which everybody can be paired.

    Parameters
    ----------
    town, rules, regions, wishes, reach, grid_sizes
        As in `refuse`.

    Returns
    -------
    list of Remedy
        Those that `refuse` names, in that order; empty where everybody can be paired.
    """
    refusal = _refusal(town, rules, regions, wishes, reach, grid_sizes)
    return [] if refusal is None else list(refusal.remedies(reach))


def _refusal(  # noqa: PLR0917
    town: Town,
    rules: Rules,
    regions: Sequence[Region],
    wishes: Wanted,
    reach: BoolArray,
    grid_sizes: Sequence[IntArray],
) -> Refusal | None:
    """Whatever is short, if anything."""
    found = ((each, shortages(each, rules.members_per_household)) for each in regions)
    short = [(region, pieces) for region, pieces in found if pieces]
    parted = across_regions(town, wishes, reach)
    if not short and not len(parted.row):
        return None
    return Refusal(
        town=town, rules=rules, wishes=wishes, grid_sizes=grid_sizes, short=short, parted=parted
    )


def _parted(town: Town, rules: Rules, parted: Wanted) -> str:
    """The first wish across regions, and how many more there are."""
    member, household = parted.member[0], parted.household[0]
    theirs = town.villages[town.village_of_member[member]].name
    its = town.villages[town.village_of_household[household]].name
    more = len(parted.row) - 1
    return (
        f"wishes, row {parted.row[0]}: member {str(town.member_ids[member])!r} of village "
        f"{theirs!r} must have household {str(town.household_ids[household])!r} of village "
        f"{its!r}, which pair_across={rules.pair_across!r} does not let"
        + (f" (so in {count(more, 'more row')})." if more else ".")
    )


def _sentences(
    town: Town, rules: Rules, region: Region, found: Sequence[Shortage]
) -> Iterator[str]:
    """A sentence or two about one region."""
    lost = [each for each in found if each.kind == "places" and not len(each.members)]
    others = [each for each in found if each.kind != "places" or len(each.members)]
    if lost:
        alone = np.sort(np.concatenate([each.households for each in lost]))
        nobody = lost[0]._replace(households=alone)
        numbers = region.households[alone]
        where = _villages(town, town.village_of_household[numbers])
        yield (
            f"{where}: {count(len(alone), 'household')}{_listed(town, region, alone)} and no "
            f"member who can take {'it' if len(alone) == 1 else 'them'}"
            f"{_within(rules, region, nobody)}."
        )
    for short in others[:_SENTENCES]:
        yield _sentence(town, rules, region, short)
    if len(others) > _SENTENCES:
        missing = sum(each.missing for each in others[_SENTENCES:])
        yield f"{missing:,} more short elsewhere in {_some_villages(town, region.villages)}."


def _sentence(town: Town, rules: Rules, region: Region, short: Shortage) -> str:
    """The numbers of one cut."""
    within = _within(rules, region, short)
    people = count(len(short.members), "member")
    role = " as contacts" if short.contacts else ""
    if short.kind == "roles":
        where = _some_villages(town, region.villages)
        return (
            f"The {count(len(short.households), 'household')} of {where} can have contacts, or two "
            "members each, but not both at once with the contacts that they must have."
        )
    if short.kind == "least":
        numbers = region.members[short.members]
        who = _of_all(town, "member", town.village_of_member, numbers)
        if rules.members_per_household == 1 or short.contacts:
            return (
                f"{who} must take at least {count(short.wanted, 'household')}{role} and only "
                f"{short.had:,} can be paired with them{within}: {short.missing:,} short."
            )
        return (
            f"{who} must be contacts or deputies at least {count(short.wanted, 'time')} and can "
            f"be so only {count(short.had, 'time')}{within}: {short.missing:,} short."
        )
    numbers = region.households[short.households]
    homes = _of_all(town, "household", town.village_of_household, numbers)
    homes += _listed(town, region, short.households)
    if rules.members_per_household == 1 or short.contacts:
        return (
            f"{homes} can only be paired{role} with {people}{within} who can take {short.had:,}: "
            f"{short.missing:,} short."
        )
    return (
        f"{homes} must have {rules.members_per_household} different members each, "
        f"{count(short.wanted, 'place')} in all, and find {short.had:,} with the {people}{within} "
        f"who can take them: {short.missing:,} short."
    )


def _within(rules: Rules, region: Region, short: Shortage) -> str:
    """How far is too far, where it is the distance that cuts."""
    if rules.max_pairing_m is None or short.kind == "roles":
        return ""
    anywhere = crowds_of(replace(region.problem, tolls=()))
    one = rules.members_per_household == 1 or short.contacts
    may = anywhere.contacts if one else anywhere.allowed
    if short.kind == "places":
        mine = np.unique(anywhere.crowd_of[short.households])
        more = np.count_nonzero(may[:, mine].any(axis=1)) > len(short.members)
    else:
        mine = np.flatnonzero(may[short.members].any(axis=0))
        more = np.isin(anywhere.crowd_of, mine).sum() > len(short.households)
    return f" within {rules.max_pairing_m:,g} m" if more else ""


def _of_all(town: Town, what: str, village_of: IntArray, numbers: IntArray) -> str:
    """How many of which villages, and of how many if not of all."""
    villages = np.unique(village_of[numbers])
    everyone = int(np.isin(village_of, villages).sum())
    where = _some_villages(town, villages)
    if len(numbers) == everyone:
        return f"The {count(everyone, what)} of {where}"
    return f"{len(numbers):,} of the {count(everyone, what)} of {where}"


def _villages(town: Town, villages: IntArray) -> str:
    return _some_villages(town, np.unique(villages))


def _some_villages(town: Town, villages: Sequence[int] | IntArray) -> str:
    """Villages by name, the first three."""
    names = [repr(town.villages[one].name) for one in villages]
    if len(names) == 1:
        return f"village {names[0]}"
    if len(names) > _NAMED:
        return f"villages {', '.join(names[:_NAMED])} and {len(names) - _NAMED:,} more"
    return f"villages {', '.join(names[:-1])} and {names[-1]}"


def _listed(town: Town, region: Region, households: IntArray) -> str:
    """Ids of a handful of households, of so many that a list is not all of a village."""
    numbers = region.households[households]
    villages = np.unique(town.village_of_household[numbers])
    if len(numbers) == int(np.isin(town.village_of_household, villages).sum()):
        return ""
    ids = [repr(str(town.household_ids[one])) for one in numbers[:_LISTED]]
    more = f" and {len(numbers) - _LISTED:,} more" if len(numbers) > _LISTED else ""
    return f" ({', '.join(ids)}{more})"
