"""Sphinx makes the documentation of gridgov: nothing is fetched, and nothing is executed."""

import shutil
from pathlib import Path

import gridgov

DOCS = Path(__file__).parent
ROOT = DOCS.parent


def begin_anew() -> None:
    """Drop what the last build left beside the pages: names and notebooks come and go."""
    for made in ("api", "notebooks"):
        shutil.rmtree(DOCS / made, ignore_errors=True)


def copy_notebooks() -> None:
    """Put the notebooks of `examples/` beside the pages, their links to pages turned round."""
    copies = DOCS / "notebooks"
    copies.mkdir()
    for path in (ROOT / "examples").glob("*.ipynb"):
        text = path.read_text("utf-8").replace("](../docs/", "](../")
        (copies / path.name).write_text(text, "utf-8")


def turn_links(app, docname, source):  # noqa: ARG001 - Sphinx says what it passes
    """Lead links out of `docs/`, as the repository needs them, to the pages made of these files."""
    for file, page in (
        ("../examples/", "notebooks/"),
        ("../CONTRIBUTING.md", "contributing.md"),
        ("../CHANGELOG.md", "changelog.md"),
        ("../README.md", "index.md"),
    ):
        source[0] = source[0].replace(f"]({file}", f"]({page}")


def setup(app):
    """Hand the steps above to Sphinx."""
    begin_anew()
    copy_notebooks()
    app.connect("source-read", turn_links)


project = "gridgov"
author = "The gridgov authors"
copyright = author  # noqa: A001 - Sphinx's name
version = release = gridgov.__version__

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
# A table of contents may name a page that is still to be written; a page that none names is found.
suppress_warnings = ["toc.not_readable"]

myst_heading_anchors = 3
nb_execution_mode = "off"

default_role = "py:obj"
autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "pydata_sphinx_theme"
html_title = f"gridgov {release}"
html_static_path = ["_static"]
html_css_files = ["gridgov.css"]
html_sidebars = {page: [] for page in ("quickstart", "quickstart.zh", "search", "genindex")}
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "gridgov"},
    "navbar_align": "left",
    "show_prev_next": False,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}
