"""What is to be measured: a scenario file, and the cases that it stands for.

A scenario is a TOML file:

```toml
title = "Sizes of grids"
efforts = ["quick"]             # as for Search; each is a case of its own
seed = 1                        # of every search

[towns]                         # arguments of simulate_town, or of read_town: then `households`
village = { households = 600, members = 30, villages = 1 }      # is a file beside the scenario

[rules]                         # arguments of Rules
small = { households_per_grid = [8, 12] }
large = { households_per_grid = [15, 20] }

[growth]                        # optional: every simulated town, year after year
rate = 0.05
years = 10

[[figures]]                     # optional: columns of the table; a line for each `line`
x = "mean_size"
y = ["mean_m", "p95_m"]
line = "town"
```
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, get_args

from gridgov.errors import RulesError
from gridgov.rules import Effort, Rules, Search

_KEYS = {"title", "efforts", "seed", "towns", "rules", "growth", "figures"}


class Figure(NamedTuple):
    """Columns of the results against each other.

    Parameters
    ----------
    x : str
        Column.
    y : tuple of str
        Columns, drawn one above the other.
    line : str
        Column: rows of one value are joined.
    """

    x: str
    y: tuple[str, ...]
    line: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """One town, planned by one set of rules with one effort.

    Parameters
    ----------
    town, rules : str
        Names.
    town_arguments, rules_arguments : mapping
        As the scenario states them.
    search : Search
        Effort and seed.
    year : int
        Years that the town has grown.
    rate : float
        By how much a year.
    years : int
        How many there are.
    """

    town: str
    rules: str
    town_arguments: Mapping[str, Any]
    rules_arguments: Mapping[str, Any]
    search: Search
    year: int = 0
    rate: float = 0.0
    years: int = 0

    @property
    def key(self) -> str:
        """What tells this case from all others, of this version of gridgov."""
        told = [
            version("gridgov"), self.town, self.rules, dict(self.town_arguments),
            dict(self.rules_arguments), self.search.effort, self.search.seed, self.year, self.rate,
            self.years,
        ]  # fmt: skip
        text = json.dumps(told, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A scenario file, read and checked.

    Parameters
    ----------
    title : str
        What is measured.
    folder : Path
        Where the files of towns are.
    cases : tuple of Case
        Towns x rules x efforts x years.
    figures : tuple of Figure
        To be drawn of the table.
    """

    title: str
    folder: Path
    cases: tuple[Case, ...]
    figures: tuple[Figure, ...]


def shipped() -> list[str]:
    """Names of the scenarios that come with gridgov.

    Returns
    -------
    list of str

    Examples
    --------
    >>> shipped()
    ['growth', 'members', 'patterns', 'programme']
    """
    there = files("gridgov.benching").joinpath("scenarios").iterdir()
    return sorted(each.name.removesuffix(".toml") for each in there if each.name.endswith(".toml"))


def read_scenario(scenario: str | Path) -> Scenario:
    """Read a scenario, and check all that can be checked before anything is planned.

    Parameters
    ----------
    scenario
        A file, or the name of one that comes with gridgov (see `shipped`).

    Returns
    -------
    Scenario

    Raises
    ------
    RulesError
        There is no such scenario, or it states what can't be; the message names the key.

    Examples
    --------
    >>> programme = read_scenario("programme")
    >>> len(programme.cases), programme.cases[0].rules
    (5, '8-12')
    """
    path = Path(scenario)
    if str(scenario) in shipped():
        path = Path(str(files("gridgov.benching").joinpath("scenarios", f"{scenario}.toml")))
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except OSError:
        msg = f"{scenario}: there is no such file, nor a shipped scenario: {', '.join(shipped())}."
        raise RulesError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{scenario}: no TOML: {error}."
        raise RulesError(msg) from error
    if unknown := sorted(told.keys() - _KEYS):
        msg = f"{scenario}: {unknown[0]!r} is not known; known are {', '.join(sorted(_KEYS))}."
        raise RulesError(msg)
    for key in ("towns", "rules"):
        if not isinstance(told.get(key), dict) or not told[key]:
            msg = f"{scenario}: [{key}] must name at least one, with its arguments."
            raise RulesError(msg)
    try:
        cases = tuple(_cases(told))
        figures = tuple(
            Figure(each["x"], tuple(each["y"]), each.get("line", "town"))
            for each in told.get("figures", [])
        )
    except (KeyError, TypeError, RulesError) as error:
        msg = f"{scenario}: {error}"
        raise RulesError(msg) from error
    return Scenario(
        title=str(told.get("title", path.stem)), folder=path.parent, cases=cases, figures=figures
    )


def _cases(told: Mapping[str, Any]) -> Iterator[Case]:
    """All cases, in the order of the file."""
    growth = told.get("growth", {})
    years, rate = growth.get("years", 0), growth.get("rate", 0.0)
    for town, town_arguments in told["towns"].items():
        for rules, rules_arguments in told["rules"].items():
            make_rules(rules_arguments)
            for effort in told.get("efforts", ["quick"]):
                if effort not in get_args(Effort):
                    msg = f"'efforts' must be of {', '.join(get_args(Effort))}; got {effort!r}."
                    raise RulesError(msg)
                for year in range(years + 1):
                    yield Case(
                        town=town,
                        rules=rules,
                        town_arguments=town_arguments,
                        rules_arguments=rules_arguments,
                        search=Search(effort=effort, seed=told.get("seed", 0)),
                        year=year,
                        rate=rate,
                        years=years,
                    )


def make_rules(arguments: Mapping[str, Any]) -> Rules:
    """Rules of a scenario: TOML has lists where `Rules` has pairs.

    Parameters
    ----------
    arguments
        As the scenario states them.

    Returns
    -------
    Rules

    Raises
    ------
    RulesError
        There is no such rule, or its value can't be.
    """
    pairs: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in arguments.items()
    }
    try:
        return Rules(**pairs)
    except TypeError as error:
        raise RulesError(f"[rules]: {error}") from error
