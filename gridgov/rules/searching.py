"""How hard to look for a good plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from gridgov.errors import RulesError
from gridgov.rules.values import is_whole, positive_number

Effort = Literal["quick", "standard", "best"]


@dataclass(frozen=True, kw_only=True)
class Search:
    """How hard to look for a good plan. It never changes what is valid.

    Parameters
    ----------
    seed : int
        Seed of every random choice, >= 0. Same town, rules and search: same plan.
    effort : {"quick", "standard", "best"}
        A budget of iterations, so that a result does not depend on the machine.
    seconds : float or None
        Wall-clock limit of drawing grids. Villages that it cuts short keep the best layout so far,
        those not begun get a short search; both have the status "stopped". None: no limit. The
        only setting with which a plan may depend on the machine.
    workers : int or None
        Villages drawn at the same time; None: one per core. Never changes the plan.

    Raises
    ------
    RulesError
        A value out of range.

    Examples
    --------
    >>> Search(seed=7).effort
    'standard'
    """

    seed: int = 0
    effort: Effort = "standard"
    seconds: float | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        if not is_whole(self.seed) or self.seed < 0:
            msg = f"'seed' must be a whole number >= 0; got {self.seed!r}."
            raise RulesError(msg)
        object.__setattr__(self, "seed", int(self.seed))
        if self.effort not in get_args(Effort):
            msg = f"'effort' must be one of {get_args(Effort)}; got {self.effort!r}."
            raise RulesError(msg)
        object.__setattr__(self, "seconds", positive_number("seconds", self.seconds))
        if self.workers is None:
            return
        if not is_whole(self.workers) or self.workers < 1:
            msg = f"'workers' must be a whole number >= 1 or None; got {self.workers!r}."
            raise RulesError(msg)
        object.__setattr__(self, "workers", int(self.workers))
