"""A flag that says: enough, come back with what you have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Stop:
    """Raised by one thread, watched by the kernels of others.

    Attributes
    ----------
    flag : ndarray of int8, shape (1,)
        0, and 1 once it is raised.

    Examples
    --------
    >>> stop = Stop()
    >>> stop.set()
    >>> stop.is_set
    True
    """

    flag: NDArray[np.int8] = field(default_factory=lambda: np.zeros(1, dtype=np.int8))

    def set(self) -> None:
        """Raise the flag."""
        self.flag[0] = 1

    @property
    def is_set(self) -> bool:
        """Whether the flag is raised."""
        return bool(self.flag[0])
