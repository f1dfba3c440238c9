from __future__ import annotations

import re

import pytest

from workbench.core import sources
from workbench.core.assets import resource
from workbench.core.sources.samples import SAMPLES, Sample
from workbench.core.table import Step

STEPS = {
    "taxi": Step(1800, "second"),
    "sunspots": Step(1, "month"),
    "co2": Step(604800, "second"),
    "elnino": Step(1, "month"),
    "seattle-hourly": Step(3600, "second"),
    "seattle-daily": Step(86400, "second"),
    "flu": Step(604800, "second"),
    "macro": Step(3, "month"),
    "nile": Step(12, "month"),
    "sunspots-yearly": Step(12, "month"),
}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.key)
def test_that_every_sample_opens_with_its_target_and_without_a_warning_on_its_text(sample: Sample) -> None:
    table = sources.read(sample.address)
    assert sample.target in table.numeric
    if sample.key in STEPS:
        assert table.time is not None
        assert table.time.step == STEPS[sample.key]
    doubts = {note.key for note in table.notes if note.severity == "warning"}
    assert doubts <= {"time-gaps", "task-misleads"}


def test_that_the_taxi_rides_are_the_default() -> None:
    assert SAMPLES[0].key == "taxi"


def test_that_every_bundled_file_has_its_origin_written_down() -> None:
    text = resource("samples/SOURCES.md").read_text(encoding="utf-8")
    for sample in SAMPLES:
        assert sample.file.partition("?")[0] in text
    named = set(re.findall(r"`([\w-]+\.csv)`", text))
    assert named == {path.name for path in resource("samples").glob("*.csv")}
