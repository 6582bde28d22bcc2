"""The floors of the package: imports go only downward, and heavy things are opened lazily."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "gridgov"

# Lowest first; docs/architecture.md says what each room is for. A room is a module or a folder.
FLOORS = (
    {"errors", "findings", "guarding", "kernels", "languages", "stopping"},
    {
        "tables",
        "coordinates",
        "certificate",
        "rules",
        "contiguity",
        "people",
        "placing",
        "territories",
        "walking",
    },
    {"checking", "input_report", "town_visits", "village"},
    {"town", "visit_tables"},
    {
        "hierarchy",
        "plan_tables",
        "plan_summary",
        "reading",
        "settlement",
        "simulate",
        "town_pairing",
        "village_plan",
    },
    {"plan"},
    {"covering", "given_layout", "grids", "pairing", "visits"},
    {"pipeline", "auditing"},
    {"export"},
    {"comparing"},
    {"benching"},
    {"cli", "__init__"},
    {"__main__"},
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# The only ways up, (from, to), and only inside a function: `Plan.plot` opens export's picture.
DOORS = {("plan", "export")}

EXTRAS = {
    "bokeh",
    "dask",
    "distributed",
    "matplotlib",
    "pyarrow",
    "python_calamine",
    "xlsxwriter",
}
SOLVERS = {"numba", "ortools"}
MOST_LINES = 420


class Import(NamedTuple):
    """One imported name: who imports what, where, and whether only when a function runs."""

    module: str
    target: str
    line: int
    lazy: bool

    def __str__(self) -> str:
        return f"{self.module} (line {self.line}) imports {self.target}"


def module_name(path: Path) -> str:
    """Dotted name of a file; a package's own file keeps its `__init__`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def room_of(module: str) -> str:
    """Room of a module of gridgov: the part after `gridgov.`."""
    return module.split(".")[1]


def imports_below(node: ast.AST, module: str, *, lazy: bool = False) -> Iterator[Import]:
    """Every import that can run below a node; `from a import b` gives `a.b`."""
    if isinstance(node, ast.Import):
        yield from (Import(module, alias.name, node.lineno, lazy) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = module.split(".")[: -node.level] if node.level else []
        base = ".".join([*package, node.module] if node.module else package)
        yield from (Import(module, f"{base}.{a.name}", node.lineno, lazy) for a in node.names)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        # What stands under it never runs.
        for otherwise in node.orelse:
            yield from imports_below(otherwise, module, lazy=lazy)
    else:
        lazy = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from imports_below(child, module, lazy=lazy)


def read_imports(source: str, module: str) -> list[Import]:
    """Imports of one module's source; names of gridgov's own modules are resolved."""
    return list(imports_below(ast.parse(source), module))


SOURCES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
IMPORTS = {name: read_imports(path.read_text("utf-8"), name) for name, path in SOURCES.items()}
ALL_IMPORTS = [found for imports in IMPORTS.values() for found in imports]


def target_room(target: str) -> str | None:
    """Room that an import enters, None outside gridgov; a public name is the package's own file."""
    parts = target.split(".")
    if parts[0] != "gridgov":
        return None
    room = parts[1] if len(parts) > 1 else "__init__"
    is_room = room in FLOOR_OF or f"gridgov.{room}" in SOURCES
    return room if is_room else "__init__"


def breaks_floors(found: Import) -> bool:
    """Whether an import goes up or sideways other than through a door."""
    here, there = room_of(found.module), target_room(found.target)
    if there is None or here == there or (found.lazy and (here, there) in DOORS):
        return False
    return FLOOR_OF.get(there, len(FLOORS)) >= FLOOR_OF.get(here, -1)


def loaded_by(target: str) -> Iterator[str]:
    """Modules of gridgov that an import of `target` runs, the package's own file aside."""
    parts = target.split(".")
    for stop in range(2, len(parts) + 1):
        name = ".".join(parts[:stop])
        yield from (module for module in (name, f"{name}.__init__") if module in SOURCES)


def reach(room: str) -> tuple[set[str], set[Import]]:
    """Modules that a room reaches, through functions too but for doors, and all their imports."""
    seen: set[str] = set()
    passed: set[Import] = set()
    waiting = [module for module in SOURCES if room_of(module) == room]
    assert waiting, f"gridgov has no {room}"
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        for found in IMPORTS[module]:
            if found.lazy and (room_of(module), target_room(found.target)) in DOORS:
                continue
            passed.add(found)
            waiting.extend(loaded_by(found.target))
    return seen, passed


def test_every_module_has_a_floor() -> None:
    """A new module is given its floor here and in docs/architecture.md, or it does not land."""
    assert sorted({room_of(module) for module in SOURCES} - set(FLOOR_OF)) == []


def test_the_page_lists_the_same_floors() -> None:
    """docs/architecture.md has a row for every room, on the floor that it has here."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| `(\w+)/?` \|", page, re.MULTILINE)
    told = {room: int(floor) - 1 for floor, room in rows}
    assert told == {room: floor for room, floor in FLOOR_OF.items() if room != "__main__"}


def test_imports_go_only_downward() -> None:
    """No module imports a higher floor or a neighbour, inside functions neither."""
    assert [str(found) for found in ALL_IMPORTS if breaks_floors(found)] == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gridgov.town", "import gridgov.plan"),
        ("gridgov.town", "from gridgov import plan"),
        ("gridgov.town", "from gridgov import solve"),
        ("gridgov.town", "def f():\n    from gridgov.grids.bound import bound"),
        ("gridgov.rules", "from gridgov.tables import HOUSEHOLDS"),
        ("gridgov.rules", "from .tables import HOUSEHOLDS"),
        ("gridgov.grids.close", "from ..pairing import pair"),
        ("gridgov.plan", "from gridgov.export.picture import draw"),
        ("gridgov.nowhere", "from gridgov.errors import GridgovError"),
        ("gridgov.town", "from gridgov import nowhere"),
    ],
)
def test_a_wrong_import_is_seen(module: str, source: str) -> None:
    """Upward, sideways, by a public name, relative, lazy or of no floor: each is found."""
    assert [breaks_floors(found) for found in read_imports(source, module)] == [True]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gridgov.plan", "from gridgov.town import Town"),
        ("gridgov.plan", "def f():\n    from gridgov.export.picture import draw"),
        ("gridgov.grids.close", "from gridgov.grids.bound import bound"),
        ("gridgov.grids.__init__", "from .bound import bound"),
        ("gridgov.__init__", "from gridgov import export"),
        ("gridgov.town", "import numpy as np"),
    ],
)
def test_a_right_import_is_let_through(module: str, source: str) -> None:
    """Downward, inside one folder, through a door, or out of the package: nothing to say."""
    assert [breaks_floors(found) for found in read_imports(source, module)] == [False]


def test_imports_for_types_alone_are_not_imports() -> None:
    """What stands under `if TYPE_CHECKING:` never runs; its `else:` does."""
    source = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import gridgov.plan\nelse:\n    import gridgov.town\n"
    )
    found = [each.target for each in read_imports(source, "gridgov.rules")]
    assert found == ["typing.TYPE_CHECKING", "gridgov.town"]


def test_auditing_reaches_no_solver_and_no_kernel() -> None:
    """An audit shares no code with what it audits: raw data, rules and arithmetic only."""
    modules, passed = reach("auditing")
    rooms = {room_of(module) for module in modules}
    assert sorted(rooms & {"kernels", "grids", "pairing", "pipeline"}) == []
    assert [str(found) for found in passed if found.target.split(".")[0] in SOLVERS] == []


def test_reach_follows_imports() -> None:
    """The search behind the auditing test does arrive at kernels where there are some to reach."""
    modules, passed = reach("pipeline")
    assert any(room_of(module) == "kernels" for module in modules)
    assert any(found.target.split(".")[0] == "numba" for found in passed)


def test_ortools_and_the_extras_are_imported_lazily() -> None:
    """No module imports OR-Tools or an optional package before a function needs it."""
    heavy = EXTRAS | {"ortools"}
    eager = [each for each in ALL_IMPORTS if each.target.split(".")[0] in heavy and not each.lazy]
    assert [str(found) for found in eager] == []


def test_importing_gridgov_loads_neither_ortools_nor_pictures() -> None:
    """`import gridgov` is light; pyarrow is left out here because pandas itself may load it."""
    heavy = sorted((EXTRAS | {"ortools"}) - {"pyarrow"})
    code = f"import sys, gridgov; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_numba_lives_in_kernels() -> None:
    """Only kernels know numba."""
    users = {each.module for each in ALL_IMPORTS if each.target.split(".")[0] == "numba"}
    assert sorted(user for user in users if room_of(user) != "kernels") == []


def test_modules_stay_short() -> None:
    """A module that outgrows its page becomes a folder."""
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in SOURCES.items()}
    assert {name: count for name, count in lines.items() if count >= MOST_LINES} == {}


def test_no_drawer_for_odds_and_ends() -> None:
    """A module is named after what it knows, never `utils` or `helpers`."""
    drawers = {"common", "helper", "helpers", "misc", "util", "utils"}
    assert [name for name in SOURCES if drawers & set(name.strip("_").split("."))] == []
