"""Draw a town into grids, pair members with households, plan visits, audit and export the plan."""

from gridgov import export
from gridgov.auditing import Report, audit
from gridgov.benching import bench
from gridgov.certificate import Certificate
from gridgov.comparing import Comparison, compare
from gridgov.covering import Coverage, coverage
from gridgov.given_layout import plan_from_labels
from gridgov.input_report import InputReport
from gridgov.pipeline import plan_visits, solve
from gridgov.plan import Plan
from gridgov.reading import read_town
from gridgov.rules import Rules, Search
from gridgov.settlement import describe
from gridgov.simulate import simulate_town
from gridgov.town import Town, Village

__version__ = "0.1.0"

__all__ = [
    "Certificate",
    "Comparison",
    "Coverage",
    "InputReport",
    "Plan",
    "Report",
    "Rules",
    "Search",
    "Town",
    "Village",
    "audit",
    "bench",
    "compare",
    "coverage",
    "describe",
    "export",
    "plan_from_labels",
    "plan_visits",
    "read_town",
    "simulate_town",
    "solve",
]
