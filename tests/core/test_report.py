"""The report is one page that loads nothing, hides nothing a stranger wrote, and cites what was used and no more."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from handover import untrained
from recorded import recorded_events, small_dataset, small_project
from series import HOUR, hourly, run_of, table_of, tiny_project, tiny_table, wave
from workbench.core.bundle import bundled
from workbench.core.cells import references as papers
from workbench.core.forecasting import beyond
from workbench.core.report import page
from workbench.core.report.citations import citations


class Tags(HTMLParser):
    """Collect tags, and check that they are closed in order."""

    VOID = ("meta", "img")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(text: str) -> Tags:
    found = Tags()
    found.feed(text)
    assert not found.open
    return found


def test_that_a_report_has_every_part_and_loads_nothing() -> None:
    project = small_project()
    dataset, run = small_dataset(project), run_of(recorded_events(project), project)
    bundle = bundled(run, dataset)
    future = beyond(bundle, dataset)
    text = page(bundle, dataset, future, run)
    tags = parsed(text)
    parts = re.findall("<h2>(.*?)</h2>", text)
    assert parts == [
        "Verdict", "Data", "Forecast", "Scores", "Training", "Gates and states", "Settings", "Equations", "Cited",
    ]  # fmt: skip
    links = [value for _tag, attrs in tags.seen for name, value in attrs.items() if name in ("src", "href")]
    assert len(links) == 6  # i, f, g, o, c, h
    assert all(str(link).startswith("data:image/png;base64,") for link in links)
    assert not re.search(r"https?://|url\(|@import|<script", text)
    cells = re.findall(r'<td class="n">(.*?)</td>', text.split("<h2>Forecast</h2>")[1].split("</section>")[0])
    np.testing.assert_allclose([float(cell) for cell in cells], future.values[0, :, 0], rtol=1e-6)


def test_that_what_strangers_wrote_is_shown_as_text() -> None:
    evil = "<script>alert(1)</script>&\"'"
    table = table_of(times=hourly(120), step=HOUR, name=evil, **{evil: wave(120)})
    project = tiny_project(targets=(evil,)).model_copy(update={"title": evil})
    bundle, dataset = untrained(project, table)
    text = page(bundle, dataset, beyond(bundle, dataset), None)
    parsed(text)
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5


@pytest.mark.parametrize(
    ("settings", "yes", "no"),
    [
        ({"cell": "gru", "normalisation": "last"}, ["chung2014", "Zeng"], ["hochreiter", "SegRNN", "Koenker"]),
        ({"cell": "lstm", "decoder": "parallel", "normalisation": "revin"}, ["hochreiter", "SegRNN", "Kim"], ["Zeng"]),
        ({"output": "quantiles", "loss": "pinball"}, ["Koenker", "elman"], ["Salinas", "Box & Cox"]),
        ({"decoder": "recursive", "teacher_forcing": 0.0}, ["Sutskever"], ["Williams"]),
        ({"bidirectional": True, "power": "box-cox"}, ["Schuster", "Box & Cox"], ["Taylor"]),
        ({"optimiser": "sgd", "calendar": ("hour",), "harmonics": 2}, ["Robbins", "Taylor"], ["Kingma"]),
    ],
)  # fmt: skip
def test_that_exactly_what_is_used_is_cited(settings: dict[str, Any], yes: list[str], no: list[str]) -> None:
    found = "\n".join(text for _method, text in citations(tiny_project(**settings), scaled_errors=True))
    for name in yes:
        assert name in found
    for name in no:
        assert name not in found
    assert "Hyndman" in found
    assert papers.ELMAN_1990


def test_that_answers_have_a_report_as_well() -> None:
    rows = np.arange(240)
    table = table_of(a=rows // 12 % 2, b=wave(240), id=rows // 12)
    bundle, dataset = untrained(tiny_project(inputs=("b",), series="id", framing="label", horizon=2), table)
    assert "too few windows" in page(bundle, dataset, None, None)


def test_that_bands_of_two_directions_are_drawn() -> None:
    bundle, dataset = untrained(tiny_project(bidirectional=True, output="gaussian", loss="nll"), tiny_table())
    text = page(bundle, dataset, beyond(bundle, dataset), None)
    parsed(text)
    assert 'class="band"' in text
