"""Every file format reads the same Table as its CSV twin, refuses garbage with a Problem and never writes."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import polars as pl
import pytest

from workbench.core import sources
from workbench.core.problems import WorkbenchError
from workbench.core.sources import SOURCES

FRAME = pl.DataFrame(
    {
        "time": pl.datetime_range(pl.datetime(2024, 3, 1), pl.datetime(2024, 3, 3), "1h", eager=True),
        "load": [None if k == 7 else round(100 + 10 * np.sin(k / 4), 3) for k in range(49)],
        "count": list(range(49)),
        "place": [("Hill", "Dale")[k % 2] for k in range(49)],
    }
)


def _csv() -> bytes:
    return FRAME.write_csv(datetime_format="%Y-%m-%d %H:%M:%S").encode()


def _parquet() -> bytes:
    stream = io.BytesIO()
    FRAME.write_parquet(stream)
    return stream.getvalue()


def _arrow() -> bytes:
    stream = io.BytesIO()
    FRAME.write_ipc(stream)
    return stream.getvalue()


def _json() -> bytes:
    rows = FRAME.with_columns(pl.col("time").dt.strftime("%Y-%m-%dT%H:%M:%S")).to_dicts()
    return json.dumps(rows).encode()


def workbook(sheets: dict[str, list[list[object]]], date1904: bool = False) -> bytes:
    """Write the smallest workbook that Excel opens: numbers, texts as inline strings, times as serial numbers.

    Days are formatted as days (style 1), times of day as clocks (3), all other times as both (2).
    """
    kinds = "http://schemas.openxmlformats.org"
    main, relation = f"{kinds}/spreadsheetml/2006/main", f"{kinds}/officeDocument/2006/relationships"
    package = f"{kinds}/package/2006"
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="{n}" sheetId="{k}" r:id="r{k}"/>' for k, n in zip(numbers, sheets, strict=True))
    related = "".join(
        f'<Relationship Id="r{k}" Type="{relation}/worksheet" Target="worksheets/sheet{k}.xml"/>' for k in numbers
    )
    formats = "".join(f'<xf numFmtId="{k}" applyNumberFormat="1"/>' for k in (0, 14, 22, 21))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relation}"><workbookPr date1904="{int(date1904)}"/>'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}'
        f'<Relationship Id="s" Type="{relation}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="4">{formats}</cellXfs></styleSheet>',
    }
    origin = dt.datetime(1904, 1, 1) if date1904 else dt.datetime(1899, 12, 30)
    for k, rows in zip(numbers, sheets.values(), strict=True):
        lines = "".join(f'<row r="{i}">{_cells(row, i, origin)}</row>' for i, row in enumerate(rows, start=1))
        parts[f"xl/worksheets/sheet{k}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return stream.getvalue()


def _cells(row: list[object], line: int, origin: dt.datetime) -> str:
    cells = []
    for j, value in enumerate(row):
        at = f'<c r="{chr(65 + j)}{line}"'
        if isinstance(value, dt.datetime):
            cells.append(f'{at} s="2"><v>{(value - origin) / dt.timedelta(days=1)!r}</v></c>')
        elif isinstance(value, dt.date):
            cells.append(f'{at} s="1"><v>{(value - origin.date()).days}</v></c>')
        elif isinstance(value, dt.time):
            cells.append(f'{at} s="3"><v>{(value.hour * 60 + value.minute) / 1440!r}</v></c>')
        elif isinstance(value, int | float):
            cells.append(f"{at}><v>{value}</v></c>")
        elif value is not None:
            cells.append(f'{at} t="inlineStr"><is><t>{escape(str(value))}</t></is></c>')
    return "".join(cells)


def _excel() -> bytes:
    rows = FRAME.with_columns(pl.col("time").dt.strftime("%Y-%m-%d %H:%M:%S")).rows()
    return workbook({"data": [["An hourly report"], [], list(FRAME.columns), *map(list, rows)]})


TWINS: dict[str, Callable[[], bytes]] = {
    "csv": _csv,
    "excel": _excel,
    "parquet": _parquet,
    "arrow": _arrow,
    "json": _json,
}


def test_that_every_format_has_a_twin_and_a_module_of_its_own() -> None:
    assert set(TWINS) == set(SOURCES.keys())
    assert {module.__name__.rpartition(".")[2] for module in sources.FORMATS} == set(SOURCES.keys())


@pytest.mark.parametrize("key", SOURCES.keys())
def test_that_a_format_reads_the_same_table_as_csv(key: str, tmp_path: Path) -> None:
    if key == "excel":
        pytest.importorskip("fastexcel")
    path = tmp_path / "anything.bin"
    path.write_bytes(TWINS[key]())
    before = (path.stat().st_mtime_ns, path.read_bytes())
    table = sources.read(path)
    assert table.time is not None
    assert table.time.step is not None
    assert table.time.step.seconds == 3600
    assert table.time.values[0] == np.datetime64("2024-03-01T00:00")
    assert [c.name for c in table.columns] == FRAME.columns
    assert [c.kind for c in table.columns] == ["time", "number", "number", "text"]
    wanted = FRAME["load"].fill_null(float("nan")).to_numpy()
    assert np.allclose(table["load"].values.astype(float), wanted, equal_nan=True)
    assert table["load"].missing == 1
    assert table["place"].values.tolist() == FRAME["place"].to_list()
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before


@pytest.mark.parametrize("key", SOURCES.keys())
def test_that_a_format_gives_its_cells_as_text(key: str, tmp_path: Path) -> None:
    if key == "excel":
        pytest.importorskip("fastexcel")
    path = tmp_path / "anything"
    path.write_bytes(TWINS[key]())
    header, rows = sources.parsed(path)
    cells = list(rows)
    assert header == FRAME.columns
    assert len(cells) == 49
    assert [row[3] for row in cells] == FRAME["place"].to_list()
    assert cells[7][1] == ""


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("key", SOURCES.keys())
def test_that_a_broken_file_gives_a_problem_or_a_shorter_table(key: str, cut: float, tmp_path: Path) -> None:
    data = TWINS[key]()
    path = tmp_path / "broken"
    path.write_bytes(data[: int(len(data) * cut)])
    with contextlib.suppress(WorkbenchError):
        assert sources.read(path).rows < 49


@pytest.mark.parametrize("key", SOURCES.keys())
def test_that_a_format_describes_itself(key: str) -> None:
    source = SOURCES[key]
    assert source.label
    assert source.extensions
    assert all(ending.startswith(".") for ending in source.extensions)
