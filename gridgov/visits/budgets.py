"""How long to look for rounds: iterations, so that a result does not depend on the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridgov.rules import Effort


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Iterations for one member.

    Parameters
    ----------
    moves : int
        Times that some visits are taken out and planned again, for each visit of a cycle.
    prices : int
        Steps of raising the bound.
    """

    moves: int
    prices: int


BUDGETS: dict[Effort, Budget] = {
    "quick": Budget(moves=40, prices=50),
    "standard": Budget(moves=160, prices=120),
    "best": Budget(moves=1_000, prices=400),
}
