"""How long to look for a pairing: iterations, so that a result does not depend on the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridgov.rules import Effort


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Iterations for the villages that are paired together.

    Parameters
    ----------
    rounds : int
        Most rounds of raising the bound.
    patience : int
        Rounds without a better bound after which its steps shrink.
    starts : int
        Pairings that are made of prices and improved.
    warm, moves : int
        Moves proposed per household to the first pairing, and to each other one.
    grid_rounds, grid_patience : int
        The like of rounds and patience, where whole grids are paired.
    grid_moves : int
        Moves proposed per grid to each pairing of whole grids.
    bundles : int
        Sets of whole grids per member to choose from.
    """

    rounds: int
    patience: int
    starts: int
    warm: int
    moves: int
    grid_rounds: int
    grid_patience: int
    grid_moves: int
    bundles: int


BUDGETS: dict[Effort, Budget] = {
    "quick": Budget(
        rounds=200, patience=10, starts=3, warm=100, moves=200,
        grid_rounds=1_500, grid_patience=40, grid_moves=1_000, bundles=40,
    ),
    "standard": Budget(
        rounds=600, patience=20, starts=8, warm=200, moves=400,
        grid_rounds=4_000, grid_patience=80, grid_moves=2_000, bundles=100,
    ),
    "best": Budget(
        rounds=2_000, patience=20, starts=40, warm=300, moves=600,
        grid_rounds=20_000, grid_patience=250, grid_moves=4_000, bundles=300,
    ),
}  # fmt: skip
