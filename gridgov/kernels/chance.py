"""Chance for kernels: a generator whose state is an array, so that nothing is global."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: One number, not 0, that every draw changes in place.
State = NDArray[np.uint64]


@njit(cache=True, nogil=True)
def draw(state: State) -> np.uint64:
    """xorshift64*; S. Vigna, 2016, https://doi.org/10.1145/2845077."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return x * np.uint64(2685821657736338717)


@njit(cache=True, nogil=True)
def below(state: State, bound: int) -> int:
    """A random whole number from 0 to bound - 1."""
    # int() would leave it unsigned, and unsigned with signed makes floats.
    return np.int64(((draw(state) >> np.uint64(32)) * np.uint64(bound)) >> np.uint64(32))  # type: ignore[return-value]


@njit(cache=True, nogil=True)
def unit(state: State) -> float:
    """A random number in (0, 1]."""
    return (np.float64(draw(state) >> np.uint64(11)) + 1.0) * (1.0 / 9007199254740992.0)
