"""README, pages and reference tell the truth: what they show runs, prints and exists."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import nbformat
import pytest

import gridgov
from gridgov import errors, export
from gridgov.cli import commands
from gridgov.export.wording import WORDINGS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
QUICK_START, CHINESE = DOCS / "quickstart.md", DOCS / "quickstart.zh.md"
GLOSSARY = DOCS / "glossary.md"
# These two begin with nothing; the other pages go on from where the quick start ends.
FROM_NOTHING = (README, CHINESE)
PAGES = sorted({*DOCS.glob("*.md"), README, CONTRIBUTING})
STAGES = [page for page in PAGES if page.stem in {"grids", "pairing", "visits"}]
SHAPE = ["The problem", "Inputs", "Reading the result", "The certificate"]


class Block(NamedTuple):
    """A fenced block of a page: its language, its text, where it stands, and what comes next."""

    language: str
    text: str
    line: int
    prints: str | None


def blocks_of(page: str) -> list[Block]:
    """Fenced blocks; a text block directly after a Python one is what that one prints."""
    fences = list(re.finditer(r"^```(\w+)[^\n]*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    blocks = []
    for fence, after in zip(fences, [*fences, None][1:], strict=True):
        next_to = after is not None and not page[fence.end() : after.start()].strip()
        shown = after[2] if after is not None and next_to and after[1] == "text" else None
        blocks.append(Block(fence[1], fence[2], page.count("\n", 0, fence.start(2)), shown))
    return blocks


def words_of(text: str) -> str:
    """What is printed, whatever the spaces between."""
    return " ".join(text.split())


def run(page: Path, names: dict[str, Any]) -> None:
    """Run the Python blocks of a page one after the other, as one reader would."""
    for block in blocks_of(page.read_text("utf-8")):
        # A session with prompts is a doctest, which pytest collects from the README by itself.
        if block.language != "python" or ">>>" in block.text:
            continue
        printed = io.StringIO()
        code = compile("\n" * block.line + block.text, str(page), "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, names)  # noqa: S102 - our own pages
        if block.prints is not None:
            assert words_of(printed.getvalue()) == words_of(block.prints), f"line {block.line}"


@pytest.fixture(scope="session")
def quick_start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Folder and names as the quick start leaves them."""
    folder = tmp_path_factory.mktemp("quick_start")
    names: dict[str, Any] = {"__name__": "__main__"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MPLBACKEND", "Agg")
        run(QUICK_START, names)
    return folder, names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_blocks_run(
    page: Path,
    quick_start: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python blocks run in an own folder, and print what the page says."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    folder = tmp_path / "folder"
    names: dict[str, Any] = {"__name__": "__main__"}
    if page in FROM_NOTHING:
        folder.mkdir()
    else:
        shutil.copytree(quick_start[0], folder)
        names |= quick_start[1]
    monkeypatch.chdir(folder)
    if page != QUICK_START:  # the fixture has run it
        run(page, names)


def test_a_page_that_prints_something_else_is_found(tmp_path: Path) -> None:
    """A block whose output is not the text block below it fails, spaces aside."""
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1,  2)\n```\n\n```text\n1   2\n```\n", "utf-8")
    run(page, {})
    page.write_text("```python\nprint(1)\n```\n\n```text\n2\n```\n", "utf-8")
    with pytest.raises(AssertionError, match="line 1"):
        run(page, {})


def test_the_quick_starts_agree() -> None:
    """The Chinese quick start shows the same code and the same output as the English one."""
    english, chinese = (blocks_of(page.read_text("utf-8")) for page in (QUICK_START, CHINESE))
    assert [block[:2] for block in chinese] == [block[:2] for block in english]


# Commands.


def group_of(words: list[str]) -> tuple[click.Command, list[str]] | None:
    """What a line of a shell calls, when that is ours, and its arguments."""
    if words and Path(words[0]).name == "gridgov":
        return commands, words[1:]
    if len(words) > 2 and words[1] == "-m" and words[2].startswith("benchmarks."):
        return importlib.import_module(words[2]).commands, words[3:]
    return None


def commands_of(page: str) -> Iterator[list[str]]:
    """Words of each command: lines of shell blocks, and code within a line that calls ours."""
    shells = [b.text for b in blocks_of(page) if b.language in {"sh", "bash", "console"}]
    inline = re.findall(r"`((?:gridgov|python -m benchmarks\.\w+) [^`|]+)`", page)
    for line in "\n".join([*shells, *inline]).replace("\\\n", " ").splitlines():
        for command in re.split(r"&&|;", line):
            yield shlex.split(command, comments=True)


def check_command(command: click.Command, words: list[str]) -> None:
    """Refuse words that name no subcommand, or an option that the command does not have."""
    while isinstance(command, click.Group):
        assert words, f"{command.name}: no subcommand"
        assert words[0] in command.commands, f"{command.name} has no {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    command.make_parser(click.Context(command)).parse_args(list(words))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_have_these_options(page: Path) -> None:
    """Every command of gridgov and of its benchmarks that a page shows can be parsed."""
    for words in commands_of(page.read_text("utf-8")):
        if called := group_of(words):
            check_command(*called)


def test_a_wrong_option_is_found() -> None:
    """An option or a command that does not exist is refused; a right line with a path is not."""
    (right,) = commands_of("```sh\n.venv/bin/gridgov audit \\\n  plan.gpkg  # good\n```\n")
    check_command(*(group_of(right) or pytest.fail("not found")))
    with pytest.raises(click.NoSuchOption):
        check_command(commands, ["demo", "--no-such-option"])
    with pytest.raises(AssertionError, match="has no dream"):
        check_command(commands, ["dream"])


# Shape, words and reference.


@pytest.mark.parametrize("page", STAGES, ids=lambda page: page.stem)
def test_stages_have_one_shape(page: Path) -> None:
    """The same headings in the same order, the model folded away, an example table of inputs."""
    text = page.read_text("utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SHAPE
    model = text.index("<summary>The model</summary>")
    assert text.index("## The problem") < model < text.index("</details>") < text.index("## Inputs")
    assert "https://doi.org/" in text[model : text.index("</details>")]
    assert "|---|" in text[text.index("## Inputs") : text.index("## Reading the result")]


def test_the_glossary_has_the_words_of_the_files() -> None:
    """What a workbook calls grids and people in Chinese is what the glossary calls them."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", GLOSSARY.read_text("utf-8"), re.MULTILINE)
    glossary = {english: chinese for names, chinese in rows for english in names.split(", ")}
    for key in ("grid", "party_group", "leader", "member", "deputy", "group"):
        assert glossary[WORDINGS[key].en] == WORDINGS[key].zh


def referenced() -> list[str]:
    """Full names in the reference."""
    names = re.findall(r"^   ([\w.]+)$", (DOCS / "api.rst").read_text("utf-8"), re.MULTILINE)
    return [f"gridgov.{name}" for name in names]


def found(name: str) -> Any:
    """Import the thing that has this full name."""
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module), last)


def imported_by_readers() -> Iterator[str]:
    """Full names that pages and notebooks import from within gridgov: these are public too."""
    notebooks = (nbformat.read(path, 4) for path in (ROOT / "examples").glob("*.ipynb"))
    code = [cell.source for book in notebooks for cell in book.cells if cell.cell_type == "code"]
    code += [page.read_text("utf-8") for page in PAGES]
    for text in code:
        for module, names in re.findall(
            r"^from (gridgov\.[\w.]+) import (.*)$", text, re.MULTILINE
        ):
            yield from (f"{module}.{name.strip()}" for name in names.split(","))


def test_the_reference_names_every_public_name() -> None:
    """Public names, those of `export`, the errors, and whatever pages and notebooks import."""
    public = {f"gridgov.{name}" for name in gridgov.__all__} - {"gridgov.export"}
    public |= {f"gridgov.export.{name}" for name in export.__all__}
    public |= {
        f"gridgov.errors.{name}"
        for name, each in vars(errors).items()
        if inspect.isclass(each) and issubclass(each, errors.GridgovError)
    }
    here = {*map(_identity, referenced())}
    wanted = sorted(public | {*imported_by_readers()})
    assert [name for name in wanted if _identity(name) not in here] == []


def _identity(name: str) -> int:
    """Tell the same thing by two names."""
    return id(found(name))


def _members(each: type) -> Iterator[tuple[str, Callable[..., Any] | property]]:
    """Public methods and properties that gridgov defines for a class, inherited ones too."""
    for base in each.__mro__:
        if base.__module__.startswith("gridgov"):
            for name, value in vars(base).items():
                kinds = (property, classmethod, staticmethod)
                cached = hasattr(value, "func")
                if not name.startswith("_") and (
                    inspect.isfunction(value) or isinstance(value, kinds) or cached
                ):
                    yield f"{each.__name__}.{name}", value


@pytest.mark.parametrize("name", referenced())
def test_what_the_reference_names_is_documented(name: str) -> None:
    """Each thing exists, and it and its public methods have docstrings of their own."""
    each = found(name)
    if inspect.isclass(each):
        assert vars(each).get("__doc__"), name
        assert [at for at, member in _members(each) if not inspect.getdoc(member)] == []
    elif inspect.isfunction(each):
        assert inspect.getdoc(each), name
