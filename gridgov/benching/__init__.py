"""How should the grids of a new town be laid out? Scenarios, measured: towns x rules x efforts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gridgov.benching.reporting import write_results
from gridgov.benching.running import rows
from gridgov.benching.scenario import read_scenario, shipped
from gridgov.errors import ExportError
from gridgov.languages import LANGUAGES, Language

__all__ = ["bench", "read_scenario", "shipped"]


def bench(
    scenario: str | Path,
    out: str | Path,
    *,
    workers: int | None = None,
    lang: Language = "en",
    progress: Callable[[Mapping[str, Any]], object] | None = None,
) -> pd.DataFrame:
    """Plan, audit and measure every case of a scenario.

    A run that was stopped goes on where it was: rows that are in the folder are not measured again.
    But for the seconds, a scenario always gives the same table.

    Parameters
    ----------
    scenario
        A TOML file, as `gridgov.benching.scenario` describes it, or the name of one that comes with
        gridgov: "programme", "patterns", "members", "growth".
    out
        Folder, made where there is none, for ``results.csv`` (and ``.parquet`` with the extra
        ``parquet``), the figures, ``report.md``, and ``cases``, a file for each row.
    workers
        Villages planned at once; None: one per core.
    lang
        Language of the report: "en" or "zh".
    progress
        Called with each row.

    Returns
    -------
    pandas.DataFrame
        A row per case: town, pattern, rules, effort, seed, year, refused (why no plan can obey the
        rules; empty where there is one), errors and warnings (of the audit), what
        `gridgov.Comparison.table` describes, and, where a town grows, moved_grid and moved_member
        (shares of the households of the year before that have another one).

    Raises
    ------
    RulesError
        The scenario states what can't be.
    ExportError
        The folder can't be made or written to.

    Examples
    --------
    >>> import tempfile
    >>> import gridgov as gg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     scenario = Path(folder) / "small.toml"
    ...     _ = scenario.write_text(
    ...         '''
    ...         [towns]
    ...         village = { households = 120, members = 6, villages = 1 }
    ...         [rules]
    ...         small = { households_per_grid = [8, 12] }
    ...         large = { households_per_grid = [15, 20] }
    ...         '''
    ...     )
    ...     table = gg.bench(scenario, Path(folder) / "results")
    >>> table[["rules", "grids", "errors"]].to_numpy().tolist()
    [['small', 12.0, 0], ['large', 7.0, 0]]
    """
    read, out = read_scenario(scenario), Path(out)
    if lang not in LANGUAGES:
        msg = f"{out}: the language {lang!r} is not known; known languages: en, zh."
        raise ExportError(msg)
    try:
        (out / "cases").mkdir(parents=True, exist_ok=True)
        measured = []
        for row in rows(read, out / "cases", workers):
            measured.append(row)
            if progress is not None:
                progress(row)
        table = pd.DataFrame(measured)
        write_results(read, table, out, lang)
    except OSError as error:
        if isinstance(error, ExportError):
            raise
        msg = f"{out}: can't be written to: {error.strerror or error}."
        raise ExportError(msg) from error
    return table
