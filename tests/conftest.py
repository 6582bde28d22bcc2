"""What all tests share: the hamlet and its plan."""

from __future__ import annotations

import pytest
from hamlet import make_hamlet, make_hamlet_plan

from gridgov.plan import Plan
from gridgov.town import Town


@pytest.fixture(scope="session")
def hamlet() -> Town:
    """The hand-drawn town of twelve households; read-only, so one will do for all tests."""
    return make_hamlet()


@pytest.fixture(scope="session")
def hamlet_plan() -> Plan:
    """The hand-made plan of the hamlet."""
    return make_hamlet_plan()
