"""One case after the other: the town, its plan, the audit, and a row of figures."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from gridgov.auditing import audit
from gridgov.benching.scenario import TABLES, Case, Scenario, make_rules
from gridgov.comparing import compare, measures
from gridgov.errors import InfeasibleError, RulesError
from gridgov.pipeline import solve
from gridgov.placing import placed
from gridgov.plan import Plan
from gridgov.reading import read_town
from gridgov.simulate import SimulatedTables, simulate_tables, simulate_town
from gridgov.town import Town

Kept = TypeVar("Kept")


def rows(scenario: Scenario, folder: Path, workers: int | None) -> Iterator[dict[str, Any]]:
    """Row of every case, read where it is there already, else measured and written.

    Parameters
    ----------
    scenario
        What is measured.
    folder
        Where rows are kept, a file each.
    workers
        As for `gridgov.Search`.

    Yields
    ------
    dict
        In the order of the cases.
    """
    bench = _Bench(scenario.folder, workers)
    for case in scenario.cases:
        kept = folder / f"{case.key}.json"
        if kept.exists():
            yield json.loads(kept.read_text("utf-8"))
            continue
        try:
            row = bench.measure(case)
        except RulesError as error:
            msg = f"{case.town}, {case.rules}: {error}"
            raise RulesError(msg) from error
        with placed(kept) as fresh:  # a row is there whole or not at all: a killed run goes on
            fresh.write_text(json.dumps(row, ensure_ascii=False, indent=1), "utf-8")
        yield row


class _Bench:
    """Measures cases, and keeps the last towns and plans for the next case."""

    def __init__(self, folder: Path, workers: int | None) -> None:
        self.folder, self.workers = folder, workers
        self.towns: dict[str, Town] = {}
        self.plans: dict[str, tuple[Plan, float]] = {}

    def measure(self, case: Case) -> dict[str, Any]:
        """Row of a case; one whose rules can't be obeyed has a reason and no figures."""
        row: dict[str, Any] = {
            "town": case.town,
            "pattern": "read"
            if case.reads_files
            else case.town_arguments.get("pattern", "township"),
            "rules": case.rules,
            "effort": case.search.effort,
            "seed": case.search.seed,
            "year": case.year,
        }
        if not self.plans:  # loading the kernels is no part of what is measured
            solve(simulate_town(villages=1, households=60, members=3))
        try:
            plan, seconds = self.plan(case)
        except InfeasibleError as error:
            return row | {"refused": str(error)}
        report = audit(plan)
        errors = sum(finding.severity == "error" for finding in report.findings)
        row |= {"refused": "", "errors": errors, "warnings": len(report.findings) - errors}
        figures = measures(plan) | {"seconds": seconds}
        row |= {name: None if np.isnan(value) else value for name, value in figures.items()}
        if case.year:
            before, _ = self.plan(replace(case, year=case.year - 1))
            changes = compare([before, plan]).changes()
            for what in ("grid", "member"):
                moved = int(changes[f"{what}_changed"].sum())
                row[f"moved_{what}"] = moved / before.town.household_count
        return row

    def plan(self, case: Case) -> tuple[Plan, float]:
        """Plan of a case and the seconds that it took; the last two are kept."""
        if case.key not in self.plans:
            town = self.town(case)
            search = replace(case.search, workers=self.workers)
            start = time.perf_counter()
            plan = solve(town, make_rules(case.rules_arguments), search)
            seconds = time.perf_counter() - start
            self.plans = {**_last(self.plans), case.key: (plan, seconds)}
        return self.plans[case.key]

    def town(self, case: Case) -> Town:
        """Town of a case; the last two are kept."""
        key = json.dumps([case.town, dict(case.town_arguments), case.year], default=str)
        if key not in self.towns:
            self.towns = {**_last(self.towns), key: _make_town(case, self.folder)}
        return self.towns[key]


def _last(kept: dict[str, Kept]) -> dict[str, Kept]:
    return dict(list(kept.items())[-1:])


def _make_town(case: Case, folder: Path) -> Town:
    """Simulate a town, or read it."""
    arguments = dict(case.town_arguments)
    if not case.reads_files:
        return Town.from_frames(**_grown(case)._asdict())
    for name in TABLES:
        if isinstance(arguments.get(name), str):
            arguments[name] = folder / arguments[name]
    return read_town(arguments.pop("households"), arguments.pop("members", None), **arguments)


def _grown(case: Case) -> SimulatedTables:
    """Tables of a simulated town after some years: of its last year's households, the first ones.

    Members live in households of the first year. The others are built in an order drawn at random.
    """
    arguments = dict(case.town_arguments)
    first = int(arguments.get("households", 32_000))
    last, now = (round(first * (1 + case.rate) ** year) for year in (case.years, case.year))
    tables = simulate_tables(**arguments | {"households": last})
    homes = tables.households
    lived_in = homes["household"].isin(tables.members["household"]).to_numpy()
    order = np.random.default_rng((int(arguments.get("seed", 1)), last)).permutation(last)
    order = order[np.argsort(~lived_in[order], kind="stable")]
    built = homes.iloc[np.sort(order[:now])].reset_index(drop=True)
    return tables._replace(households=built)
