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
        Rounds of climbing to the first bound.
    turns : int
        Most linear programs that raise the bound after a batch.
    enough : float
        Gap at which no further batch is started.
    idle : float
        Gain of a batch, as a share of the cost, at which no further one is started.
    """

    batches: int
    runs: int
    proposals: int
    rounds: int
    turns: int
    enough: float
    idle: float


BUDGETS: dict[Effort, Budget] = {
    "quick": Budget(batches=1, runs=2, proposals=250, rounds=1, turns=0, enough=0.0, idle=0.0),
    "standard": Budget(
        batches=4, runs=8, proposals=750, rounds=1, turns=40, enough=0.004, idle=0.001
    ),
    "best": Budget(
        batches=5, runs=12, proposals=3_000, rounds=2, turns=100, enough=0.0005, idle=0.0002
    ),
}
