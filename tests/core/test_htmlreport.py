"""The report of a backtest: one file without anything from elsewhere, user strings escaped, every setting told."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np

from series import table_of, wave
from workbench.core.backtest import assembled, baselines_refitted, planned
from workbench.core.baselines import baselines
from workbench.core.dataset import prepare
from workbench.core.evaluation import evaluation, point_forecast
from workbench.core.htmlreport import report_page
from workbench.core.plan import Plan
from workbench.core.project import DataSpec
from workbench.core.svgchart import Area, Curve, chart

NASTY = '<img src=x onerror="alert(1)">&a'


def page(name: str = NASTY) -> str:
    table = table_of(**{name: wave(400)})
    dataset = prepare(table, DataSpec(targets=(name,), window=12, horizon=6, source=f"{NASTY}.csv"))
    plan = Plan(origins=8, stride=3)
    blocks = planned(dataset, plan)
    found = assembled(dataset, plan, blocks, baselines_refitted(table, dataset, blocks))
    forecasts = {key: point_forecast(dataset, method) for key, method in baselines(dataset).items()}
    measured = evaluation(dataset, "test", forecasts, (0.8,))
    comparisons = (found.comparison("linear", "last"),)
    return report_page(found, comparisons, {"data": dataset.spec.model_dump(), NASTY: NASTY}, measured)


def test_that_nothing_from_a_file_is_read_as_markup_and_nothing_is_loaded() -> None:
    text = page()
    assert "<img" not in text
    assert "&lt;img src=x" in text
    tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            tags.append(tag)
            assert not {"src", "href", "onerror", "onload"} & {name for name, _value in attributes}

    Reader().feed(text)
    assert not {"script", "img", "link", "iframe"} & set(tags)
    assert tags.count("svg") == 4
    assert "http" not in text.replace('http-equiv="Content-Security-Policy"', "")


def test_that_figures_numbers_and_every_setting_are_there() -> None:
    text = page("riders")
    for words in (
        "Forecasts from each origin", "Error by step ahead", "Error by origin", "80%", "closed-form linear", "sMAPE",
        "backtest.origins", "backtest.embargo", "data.window", "data.scaling", "Diebold-Mariano", "from 0 to 200 %",
    ):  # fmt: skip
        assert words in text, words
    for field in DataSpec.model_fields:
        assert f"data.{field}" in text


def test_that_a_chart_is_well_formed_and_holds_its_values() -> None:
    x = np.arange(5.0)
    text = chart(
        [Curve(x, np.array([1.0, 2.0, np.nan, 4.0, 3.0]), "truth", "a < b")],
        title="<t>", x_label="steps", y_label="y", areas=[Area(x, x, x + 1, label="80%")],
    )  # fmt: skip
    root = ElementTree.fromstring(text)
    (path,) = [entry for entry in root.iter("path") if entry.get("class") == "truth"]
    assert (path.get("d") or "").count("M") == 2, "a missing value breaks the line"
    assert root.find("figcaption").text == "<t>"  # type: ignore[union-attr]


def test_that_a_flat_line_and_nothing_at_all_can_be_drawn() -> None:
    for y in (np.ones(3), np.full(3, np.nan)):
        ElementTree.fromstring(chart([Curve(np.arange(3.0), y, "truth")], title="t", x_label="x", y_label="y"))
