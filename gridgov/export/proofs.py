"""Certificates from the columns in which they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from gridgov.certificate import Allowance, Cases, Certificate, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridgov.export.columns import LayerColumns

    IntArray = NDArray[np.int64]

_STATUSES: tuple[Status, ...] = get_args(Status)


def certificate_of(
    proof: LayerColumns,
    prices: Sequence[int] | IntArray,
    *,
    row: int = 0,
    prefix: str = "",
    cases: tuple[Cases, ...] = (),
    allowances: tuple[Allowance, ...] = (),
) -> Certificate:
    """Certificate that a row states.

    Parameters
    ----------
    proof
        Has the columns cost_m, lower_bound_m, status and method.
    prices
        In hundredths of a centimetre.
    row
        Position of the row in `proof`.
    prefix
        What the names of the columns begin with.
    cases, allowances
        What else belongs to the certificate.

    Returns
    -------
    Certificate

    Raises
    ------
    ExportError
        A cell can't be read; the message names the row.
    PlanError
        The figures contradict each other.
    """
    stated = proof.text(f"{prefix}status")[row]
    status = next((each for each in _STATUSES if each == stated), None)
    if status is None:
        proof.fail(row, f"'{prefix}status' must be one of {_STATUSES}; got {stated!r}.")
    return Certificate(
        value=proof.centimetres(f"{prefix}cost_m")[row],
        lower_bound=proof.centimetres(f"{prefix}lower_bound_m")[row],
        prices=np.array(prices, dtype=np.int64),
        status=status,
        method=proof.text(f"{prefix}method")[row],
        cases=cases,
        allowances=allowances,
    )
