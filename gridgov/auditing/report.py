"""What an audit found, as tables and as text."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from gridgov.certificate import relative_gap
from gridgov.findings import Finding, count, findings_table

SHOWN_FINDINGS = 20

VISITS_COLUMNS = ["member", "visits", "rounds", "cost_m", "lower_bound_m", "gap"]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Report:
    """What an audit found. Its bounds are recomputed from the plan's prices, not the plan's own.

    Parameters
    ----------
    findings : tuple of Finding
        Every broken rule, village by village; empty for a plan that keeps its word.
    exceptions : pandas.DataFrame
        A row per written exception: grid, village, households, reason.
    villages : pandas.DataFrame
        A row per village: village, households, grids, groups, smallest, largest, cost_m,
        lower_bound_m, gap, pairing_cost_m, pairing_lower_bound_m, pairing_gap (NaN unless it was
        paired by itself), exceptions, findings.
    pairings : pandas.DataFrame
        A row per region that was paired together, and shift: region (its first village), shift
        ("contact" or "deputy"), villages (how many), cost_m, lower_bound_m, gap.
    visits : pandas.DataFrame
        A row per member, where visits are planned: member, visits, rounds, cost_m, lower_bound_m,
        gap.
    dropped : int
        Visits that are due and written as dropped.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> report = gg.audit(gg.solve(town, search=gg.Search(effort="quick")))
    >>> report.good, len(report.findings_table())
    (True, 0)
    >>> int(report.villages["households"].sum()), report.gap < 0.2
    (60, True)
    """

    findings: tuple[Finding, ...]
    exceptions: pd.DataFrame
    villages: pd.DataFrame
    pairings: pd.DataFrame
    visits: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=VISITS_COLUMNS))
    dropped: int = 0

    @property
    def good(self) -> bool:
        """Whether no rule is broken; warnings don't count."""
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def gap(self) -> float:
        """Gap of the town's grids: (cost - lower bound) / cost; 0 when the cost is 0."""
        return _gap(self.villages)

    @property
    def pairing_gap(self) -> float:
        """Gap of the contacts of all regions; NaN when nobody is paired."""
        return _gap(self.pairings[self.pairings["shift"] == "contact"])

    @property
    def visits_gap(self) -> float:
        """Gap of all walks of a cycle; NaN when no visits are planned."""
        return _gap(self.visits)

    def findings_table(self) -> pd.DataFrame:
        """Findings as a table, a row each.

        Returns
        -------
        pandas.DataFrame
            Columns rule, severity, table, id, row, value, message.
        """
        return findings_table(self.findings)

    def __str__(self) -> str:
        errors = sum(finding.severity == "error" for finding in self.findings)
        verdict = (
            f"Audit: {'good' if self.good else 'NOT GOOD'}; {count(errors, 'error')}, "
            f"{count(len(self.findings) - errors, 'warning')}, "
            f"{count(len(self.exceptions), 'written exception')}."
        )
        lines = [verdict, "", self._villages_text()]
        if len(self.visits):
            total = self.visits[["visits", "rounds", "cost_m"]].sum()
            said = (
                f"Visits: {total['visits']:,.0f} on {total['rounds']:,.0f} rounds of "
                f"{total['cost_m']:,.0f} m in all, gap {self.visits_gap:.2%}; "
                f"{count(self.dropped, 'visit')} dropped."
            )
            lines += ["", said]
        if len(self.exceptions):
            lines += ["", f"Exceptions ({len(self.exceptions):,}):"]
            lines += [
                f"  {grid}, {count(households, 'household')}: {reason}"
                for grid, households, reason in zip(
                    self.exceptions["grid"],
                    self.exceptions["households"],
                    self.exceptions["reason"],
                    strict=True,
                )
            ]
        if self.findings:
            lines += ["", f"Findings ({len(self.findings):,}):"]
            lines += [_sentence(finding) for finding in self.findings[:SHOWN_FINDINGS]]
            if len(self.findings) > SHOWN_FINDINGS:
                lines.append(f"  ... and {len(self.findings) - SHOWN_FINDINGS:,} more.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        verdict = "good" if self.good else "not good"
        return f"Report({verdict}, {count(len(self.findings), 'finding')}, gap {self.gap:.2%})"

    def _villages_text(self) -> str:
        """Lay the table of villages out, with the town as its last row."""
        total = self.villages.sum(numeric_only=True).to_dict() | {
            "village": "total",
            "smallest": self.villages["smallest"].min(),
            "largest": self.villages["largest"].max(),
            "gap": self.gap,
            "pairing_gap": self.pairing_gap,
            "findings": len(self.findings),
        }
        table = pd.concat([self.villages, pd.DataFrame([total])], ignore_index=True)
        shown = {
            "households": ("households", "{:,.0f}"),
            "grids": ("grids", "{:,.0f}"),
            "groups": ("groups", "{:,.0f}"),
            "smallest": ("least", "{:.0f}"),
            "largest": ("most", "{:.0f}"),
            "cost_m": ("cost m", "{:,.0f}"),
            "lower_bound_m": ("bound m", "{:,.0f}"),
            "gap": ("gap", "{:.2%}"),
            "pairing_gap": ("pairing gap", "{:.2%}"),
            "exceptions": ("exceptions", "{:.0f}"),
            "findings": ("findings", "{:.0f}"),
        }
        if np.isnan(self.pairing_gap):
            del shown["pairing_gap"]
        if not total["groups"]:
            del shown["groups"]
        text = pd.DataFrame({"village": table["village"]})
        for name, (head, form) in shown.items():
            text[head] = ["-" if pd.isna(value) else form.format(value) for value in table[name]]
        with pd.option_context("display.unicode.east_asian_width", True):  # noqa: FBT003
            return str(text.to_string(index=False))


def _gap(figures: pd.DataFrame) -> float:
    return relative_gap(*figures[["cost_m", "lower_bound_m"]].astype(float).sum(min_count=1))


def _sentence(finding: Finding) -> str:
    where = f"{finding.table} {finding.id}".rstrip()
    return f"  {finding.severity} {finding.rule} in {where}: {finding.message}"
