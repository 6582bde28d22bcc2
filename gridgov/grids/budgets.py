"""How long to look: iterations, so that a result does not depend on the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridgov.rules import Effort


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Iterations for one connected part of a village.

    Parameters
    ----------
    batches : int
        Most batches of runs. After each, layouts are combined and the bound is raised.
    runs : int
        Annealing runs in a batch.
    proposals : int
        Moves proposed in a run, per household.
    rounds : int
        Rounds of climbing to the bound after a batch.
    enough : float
        Gap at which no further batch is started.
    """

    batches: int
    runs: int
    proposals: int
    rounds: int
    enough: float


BUDGETS: dict[Effort, Budget] = {
    "quick": Budget(batches=1, runs=2, proposals=500, rounds=2, enough=0.0),
    "standard": Budget(batches=4, runs=8, proposals=750, rounds=3, enough=0.006),
    "best": Budget(batches=6, runs=16, proposals=4_000, rounds=8, enough=0.0005),
}
