"""Findings: what a check of the input, or an audit of a plan, has to say.

What the check of the input says is in the files ``*.toml`` beside this one, a rule each, in
English and in Chinese (`gridgov.findings.catalogue`).
"""

from gridgov.findings.chinese import SEVERITIES, TABLES
from gridgov.findings.finding import Finding, Severity, count, findings_table
from gridgov.findings.making import RowDetails, found, of_rows
from gridgov.findings.telling import sentences

__all__ = [
    "SEVERITIES",
    "TABLES",
    "Finding",
    "RowDetails",
    "Severity",
    "count",
    "findings_table",
    "found",
    "of_rows",
    "sentences",
]
