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
import inspect
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, get_args

from gridgov.comparing.wording import MEASURES
from gridgov.errors import RulesError
from gridgov.reading import read_town
from gridgov.rules import Effort, Rules, Search
from gridgov.simulate import require_possible, simulate_town

#: Arguments of `read_town` that may be files beside the scenario.
TABLES = (
    "households", "members", "villages", "barriers", "paths", "wishes", "officers", "days_off",
)  # fmt: skip
_KEYS = {"title", "efforts", "seed", "towns", "rules", "growth", "figures"}
_MOVED = {"moved_grid", "moved_member"}
_COLUMNS = {"town", "pattern", "rules", "effort", "seed", "year", "errors", "warnings", *MEASURES}


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
    contents : str
        Digest of the files of a town that is read: other contents are another case.
    """

    town: str
    rules: str
    town_arguments: Mapping[str, Any]
    rules_arguments: Mapping[str, Any]
    search: Search
    year: int = 0
    rate: float = 0.0
    years: int = 0
    contents: str = ""

    @property
    def reads_files(self) -> bool:
        """Whether the town is read, not simulated."""
        return _reads_files(self.town_arguments)

    @property
    def key(self) -> str:
        """What tells this case from all others, of this version of gridgov."""
        told = [
            version("gridgov"), self.town, self.rules, dict(self.town_arguments),
            dict(self.rules_arguments), self.search.effort, self.search.seed, self.year, self.rate,
            self.years, self.contents,
        ]  # fmt: skip
        text = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)  # TOML has dates
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
        named = told.get(key)
        if not isinstance(named, dict) or not named:
            msg = f"{scenario}: [{key}] must name at least one, with its arguments."
            raise RulesError(msg)
        for name, arguments in named.items():
            if not isinstance(arguments, dict):
                msg = f"{scenario}: [{key}]: {name!r} must have arguments in braces."
                raise RulesError(msg)
    try:
        cases = tuple(_cases(told, path.parent))
        figures = tuple(_figures(told, _COLUMNS | _MOVED if cases[0].years else _COLUMNS))
    except RulesError as error:
        msg = f"{scenario}: {error}"
        raise RulesError(msg) from error
    return Scenario(
        title=str(told.get("title", path.stem)), folder=path.parent, cases=cases, figures=figures
    )


def _check_simulated(town: str, arguments: Mapping[str, Any]) -> None:
    """Refuse a town that can't be simulated, before others are planned."""
    asked = inspect.signature(simulate_town).bind(**arguments)
    asked.apply_defaults()
    try:
        require_possible(**asked.arguments)
    except RulesError as error:
        msg = f"[towns]: {town!r}: {error}"
        raise RulesError(msg) from error


def _cases(told: Mapping[str, Any], folder: Path) -> Iterator[Case]:
    """All cases, in the order of the file."""
    rate, years = _growth(told.get("growth", {}))
    efforts = told.get("efforts", ["quick"])
    if not isinstance(efforts, list) or not efforts:
        msg = f"'efforts' must be a list such as [\"quick\"]; got {efforts!r}."
        raise RulesError(msg)
    for town, town_arguments in told["towns"].items():
        reads = _reads_files(town_arguments)
        _check_names(f"[towns]: {town!r}", town_arguments, read_town if reads else simulate_town)
        if not reads:
            _check_simulated(town, town_arguments)
        if reads and years:
            msg = f"[growth]: town {town!r} is read from files; only simulated towns grow."
            raise RulesError(msg)
        contents = _contents(town_arguments, folder) if reads else ""
        for rules, rules_arguments in told["rules"].items():
            _check_names(f"[rules]: {rules!r}", rules_arguments, Rules)
            make_rules(rules_arguments)
            for effort in efforts:
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
                        contents=contents,
                    )


def _growth(told: Any) -> tuple[float, int]:
    """By how much towns grow a year, and for how many years."""
    known = isinstance(told, dict) and told.keys() <= {"rate", "years"}
    rate, years = (told.get("rate", 0.0), told.get("years", 0)) if known else (None, None)
    if not (isinstance(rate, int | float) and rate >= 0 and isinstance(years, int) and years >= 0):
        msg = f"[growth] must have 'rate' (such as 0.05) and 'years' (such as 10); got {told!r}."
        raise RulesError(msg)
    return float(rate), years


def _reads_files(town_arguments: Mapping[str, Any]) -> bool:
    return isinstance(town_arguments.get("households"), str)


def _check_names(where: str, arguments: Mapping[str, Any], function: Callable[..., Any]) -> None:
    """Refuse an argument that the function does not have."""
    known = [name for name in inspect.signature(function).parameters if name != "source"]
    if unknown := sorted(arguments.keys() - set(known)):
        msg = f"{where}: {unknown[0]!r} is not known; known are {', '.join(known)}."
        raise RulesError(msg)


def _contents(arguments: Mapping[str, Any], folder: Path) -> str:
    """Digest of a town's files, with those that a Shapefile has beside it."""
    told = hashlib.sha256()
    for name in TABLES:
        if isinstance(arguments.get(name), str):
            path = folder / arguments[name]
            for each in sorted(path.parent.glob("*")) if path.exists() else ():
                if each.stem == path.stem and each.is_file():
                    told.update(f"{name} {each.name} {each.stat().st_size} ".encode())
                    told.update(each.read_bytes())
    return told.hexdigest()


def _figures(told: Mapping[str, Any], known: set[str]) -> Iterator[Figure]:
    """Figures whose columns the table will have."""
    for each in told.get("figures", []):
        x, y, line = each.get("x"), each.get("y"), each.get("line", "town")
        if not isinstance(y, list) or not y or x is None:
            msg = f"[[figures]] must have 'x' (a column) and 'y' (a list of columns); got {each!r}."
            raise RulesError(msg)
        for column in (x, *y, line):
            if column not in known:
                there = ", ".join(sorted(known))
                msg = f"[[figures]]: there is no column {column!r}; there are {there}."
                raise RulesError(msg)
        yield Figure(x, tuple(y), line)


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
