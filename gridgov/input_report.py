"""The quality report of the input: what was found in the tables, for those who mend them.

Needs the extra ``excel`` to be written as a workbook; XlsxWriter is imported then.
"""

# ruff: noqa: RUF001 - Chinese text has Chinese punctuation

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

import pandas as pd

from gridgov.errors import ExportError
from gridgov.findings import SEVERITIES, TABLES, Finding, Severity, count
from gridgov.placing import place_of, placed

if TYPE_CHECKING:
    from gridgov.languages import Language

#: Rows of one kind that are printed; the table has them all.
SHOWN = 3

_ORDER: tuple[Severity, ...] = ("error", "repair", "warning")

#: Columns of the table, and their headings in Chinese.
_HEADINGS = {
    "rule": "规则",
    "severity": "级别",
    "table": "表",
    "file": "文件",
    "sheet": "工作表",
    "row": "数据行",
    "line": "文件行",
    "column": "列",
    "id": "编号",
    "value": "值",
    "message": "说明",
    "fix": "处理办法",
}
_WHOLE = ("row", "line")

_LEAST_WIDTH, _MOST_WIDTH = 6, 60
_AUTHOR = "gridgov check"
_WRITTEN = datetime(2000, 1, 1, tzinfo=UTC)  # the clock would make two files of one report differ


@dataclass(frozen=True, eq=False, repr=False)
class InputReport:
    """What the check of the input found: errors, then repairs, then warnings.

    Parameters
    ----------
    findings : tuple of Finding
        In any order; each kind keeps it.

    Examples
    --------
    >>> import pandas as pd
    >>> import gridgov as gg
    >>> homes = pd.DataFrame({"household": ["a", "b"], "village": "V", "lon": 120.5, "lat": 22.8})
    >>> report = gg.Town.from_frames(homes, crs="EPSG:4326").report
    >>> print(report)
    Input check: 0 errors, 0 repairs, 1 warning.
    <BLANKLINE>
    Warnings (1), kept as they are:
      stacked (1):
        households (V): 2 households of village 'V' share points with others, up to 2 on one; kept.
        Flats do so; else check the points.
    >>> report.table(lang="zh")["severity"].tolist()
    ['提醒']
    """

    findings: tuple[Finding, ...]

    def __post_init__(self) -> None:
        ordered = sorted(self.findings, key=lambda each: _ORDER.index(each.severity))
        object.__setattr__(self, "findings", tuple(ordered))

    def count(self, severity: Severity) -> int:
        """How many findings there are of one severity.

        Parameters
        ----------
        severity
            "error", "repair" or "warning".

        Returns
        -------
        int
        """
        return sum(each.severity == severity for each in self.findings)

    def table(self, lang: Language = "en") -> pd.DataFrame:
        """Everything that was found, a row each.

        Parameters
        ----------
        lang
            Language of severity, message and fix; the names of the columns are English.

        Returns
        -------
        pandas.DataFrame
            Columns rule, severity, table, file, sheet, row (from 1 for the first row of data), line
            (of the file or sheet), column, id, value, message and fix.
        """
        rows = [
            {name: getattr(each, name) for name in _HEADINGS}
            | {"severity": _severity(each.severity, lang)}
            | ({"message": each.message_zh, "fix": each.fix_zh} if _in_chinese(each, lang) else {})
            for each in self.findings
        ]
        table = pd.DataFrame(rows, columns=list(_HEADINGS))
        return table.astype({name: "Int64" if name in _WHOLE else "str" for name in _HEADINGS})

    def text(self, lang: Language = "en") -> str:
        """Counts, then kind by kind; of many rows of one kind, the first.

        Parameters
        ----------
        lang
            Language.

        Returns
        -------
        str
            Several lines.
        """
        parts = [self._counts(lang)]
        for severity in _ORDER:
            some = [each for each in self.findings if each.severity == severity]
            if some:
                parts.append(_section(severity, some, lang))
        return "\n\n".join(parts)

    def write(self, path: str | Path, *, lang: Language = "en") -> Path:
        """Write the table as a file.

        Parameters
        ----------
        path
            A name that ends in .xlsx, which needs the extra "excel", or in .csv. An older report
            of that name is replaced.
        lang
            Language of the texts and of the headings.

        Returns
        -------
        Path
            Where it is.

        Raises
        ------
        ExportError
            It can't be written there, another file stands there, or XlsxWriter is missing.
        """
        path = report_place(path)
        table = self.table(lang)
        if lang == "zh":
            table["table"] = [TABLES.get(name, name) for name in table["table"]]
            table.columns = pd.Index([_HEADINGS[name] for name in table.columns])
        if path.suffix.lower() == ".xlsx":
            data = _workbook(table, "检查报告" if lang == "zh" else "report")
        else:
            safe = table.map(_as_plain_text)
            data = safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")
        try:
            with placed(place_of(path)) as fresh:
                fresh.write_bytes(data)
        except OSError as error:
            msg = f"{path}: can't be written: {error.strerror or error}."
            raise ExportError(msg) from error
        return path

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        errors, repairs, warnings = (count(self.count(each), each) for each in _ORDER)
        return f"InputReport({errors}, {repairs}, {warnings})"

    def _counts(self, lang: Language) -> str:
        if lang == "zh":
            said = "，".join(f"{SEVERITIES[each]} {self.count(each):,} 条" for each in _ORDER)
            return f"数据检查：{said}。"
        return f"Input check: {', '.join(count(self.count(each), each) for each in _ORDER)}."


def report_place(path: str | Path) -> Path:
    """Where a report can be written: nothing but an older report is ever replaced.

    Parameters
    ----------
    path
        A name that ends in .xlsx or .csv.

    Returns
    -------
    Path

    Raises
    ------
    ExportError
        It ends in something else, or a link or another file stands there.

    Examples
    --------
    >>> report_place("report.xlsx").suffix
    '.xlsx'
    """
    path = Path(path)
    if path.suffix.lower() not in {".xlsx", ".csv"}:
        msg = f"{path.name}: a report is a .xlsx or a .csv file. Correct the suffix."
        raise ExportError(msg)
    if place_of(path).exists() and not _is_report(path):
        msg = f"{path}: what stands there is no report. Choose another name."
        raise ExportError(msg)
    return path


def _is_report(path: Path) -> bool:
    """Whether a file is a report that `InputReport.write` wrote."""
    try:
        if path.suffix.lower() == ".csv":
            with path.open(encoding="utf-8-sig") as file:
                head = file.readline(1000).strip()
            return head in {",".join(_HEADINGS), ",".join(_HEADINGS.values())}
        with ZipFile(path) as parts:
            return f">{_AUTHOR}</dc:creator>" in parts.read("docProps/core.xml").decode()
    except (BadZipFile, KeyError, OSError, RuntimeError, ValueError, zlib.error):
        return False


_TITLES = {
    "error": ("Errors ({:,}), to be mended", "错误（{:,} 条），须更正"),
    "repair": ("Repairs ({:,}), applied", "已修正（{:,} 条），已自动处理"),
    "warning": ("Warnings ({:,}), kept as they are", "提醒（{:,} 条），已按原样保留"),
}


def _section(severity: Severity, findings: list[Finding], lang: Language) -> str:
    """The findings of one severity, kind by kind."""
    kinds: dict[str, list[Finding]] = {}
    for each in findings:
        kinds.setdefault(each.rule, []).append(each)
    in_chinese = lang == "zh"
    colon = "：" if in_chinese else ": "
    lines = [_TITLES[severity][in_chinese].format(len(findings)) + colon.rstrip()]
    for rule, alike in kinds.items():
        lines.append(f"  {rule} ({len(alike):,}):")
        whole = [each for each in alike if each.row is None]
        shown = [*whole, *(each for each in alike if each.row is not None)][: len(whole) + SHOWN]
        lines += [f"    {_where(each, lang)}{colon}{each.text(lang)}" for each in shown]
        if rest := len(alike) - len(shown):
            lines.append(f"    ……另有 {rest:,} 条。" if in_chinese else f"    ... {rest:,} more.")
    return "\n".join(lines)


def _where(finding: Finding, lang: Language) -> str:
    """Place of a finding, as exactly as it is known."""
    name = f" ({finding.id})" if finding.id else ""
    if lang == "en":
        row = f", row {finding.row}" if finding.row is not None else ""
        source = f", {finding.source}" if finding.source else ""
        return f"{finding.table}{row}{name}{source}"
    name = f"（{finding.id}）" if finding.id else ""
    file = finding.file + (f" 工作表“{finding.sheet}”" if finding.sheet else "")
    line = finding.line if finding.line is not None else finding.row
    what = "行" if finding.line is not None else "条数据"
    row = f" 第 {line} {what}" if line is not None else ""
    return " ".join((TABLES.get(finding.table, finding.table) + "表", file)).rstrip() + row + name


def _severity(severity: Severity, lang: Language) -> str:
    return SEVERITIES[severity] if lang == "zh" else severity


def _in_chinese(finding: Finding, lang: Language) -> bool:
    return lang == "zh" and finding.message_zh != ""


def _as_plain_text(value: Any) -> Any:
    """Text that no spreadsheet takes for a formula when it opens a CSV."""
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if is_formula else value


def _workbook(table: pd.DataFrame, sheet: str) -> bytes:
    """A workbook of one sheet, every text a text."""
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        msg = "Workbooks need XlsxWriter: pip install gridgov[excel]"
        raise ExportError(msg) from error
    data = BytesIO()
    with Workbook(data, {"in_memory": True}) as book:
        book.set_properties({"title": sheet, "author": _AUTHOR, "created": _WRITTEN})
        page = book.add_worksheet(sheet)
        head = book.add_format({"bold": True, "bg_color": "#F2F2F2", "border": 1})
        body = book.add_format({"text_wrap": True, "valign": "top"})
        for at, name in enumerate(table.columns):
            page.write_string(0, at, name, head)
            values = table[name].tolist()
            for row, value in enumerate(values, 1):
                if isinstance(value, str):
                    page.write_string(row, at, value, body)
                elif value is not pd.NA:
                    page.write_number(row, at, value, body)
            page.set_column(at, at, _width([name, *values]))
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(len(table), 1), len(table.columns) - 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
    return data.getvalue()


def _width(values: Iterable[Any]) -> int:
    """Width of a column in characters; Chinese ones count twice, as in their old encoding."""
    longest = max(len(str(value).encode("gb18030", "replace")) for value in values)
    return min(max(longest + 2, _LEAST_WIDTH), _MOST_WIDTH)
