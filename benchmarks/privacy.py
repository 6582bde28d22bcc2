"""How true a public plan is, and how many homes share what it shows, for cells of several sizes.

    python -m benchmarks.privacy [FOLDER ...]

The simulated reference town, and folders as in `benchmarks.quality`; grids of 10 to 15, quick.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pandas as pd
import shapely

import gridgov as gg
from benchmarks.quality import read_folder
from gridgov.export.generalising import generalised
from gridgov.export.publishing import Public, public_layers

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
CELLS_M = (25, 50, 100)


@click.command()
@click.argument("folders", nargs=-1, type=FOLDER)
def commands(folders: tuple[Path, ...]) -> None:
    """Print a row per town and size of cells."""
    towns = {"reference": gg.simulate_town(), **{each.name: read_folder(each) for each in folders}}
    rows = []
    for name, town in towns.items():
        plan = gg.solve(town, search=gg.Search(effort="quick"))
        rows += [{"town": name, **row(plan, Public(cell_m=cell_m))} for cell_m in CELLS_M]
    print(pd.DataFrame(rows).to_string(index=False))


def row(plan: gg.Plan, public: Public) -> dict[str, float]:
    """What a public plan shows of the homes."""
    lattice, grid_of = generalised(plan, cell_m=public.cell_m, fewest=public.fewest)
    cell_of = lattice.cells(plan.town.households_cm)
    grids = public_layers(plan, public).tables["grids"]
    pieces = shapely.get_parts(grids.geometry.dropna().to_numpy())
    homes = shapely.points(plan.town.households_cm / 100)
    _, piece = shapely.STRtree(pieces).query(homes, "within")
    on_piece = np.bincount(piece, minlength=len(pieces))
    return {
        "cell m": public.cell_m,
        "on own ground": round(float((grid_of[cell_of] == plan.grid_of).mean()), 3),
        "grids without ground": round(float(grids.geometry.isna().mean()), 3),
        "homes on a piece, least": int(on_piece.min()),
        "homes on a piece, median": float(np.median(on_piece)),
        "alone in the cell": round(float((np.bincount(cell_of)[cell_of] == 1).mean()), 3),
    }


if __name__ == "__main__":
    commands()
