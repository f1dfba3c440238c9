"""A project is plain data: its JSON reads back the same, and a stranger's JSON is refused with a reason."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.cells import CELLS
from workbench.core.problems import WorkbenchError
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec, project_from_json

names = st.lists(st.text(min_size=1, max_size=8), max_size=3, unique=True).map(tuple)
data_specs = st.builds(
    DataSpec,
    source=st.text(max_size=20),
    targets=names,
    inputs=names,
    window=st.integers(1, 100_000),
    horizon=st.integers(1, 10_000),
    train_share=st.floats(0.05, 0.6),
    valid_share=st.floats(0.02, 0.3),
    scaling=st.sampled_from(["standard", "minmax", "none"]),
    gaps=st.sampled_from(["cut", "hold"]),
)
model_specs = st.one_of(
    st.builds(ModelSpec, cell=st.sampled_from(CELLS.keys()), hidden=st.integers(1, 4096), dropout=st.floats(0, 0.9)),
    st.builds(ModelSpec, cell=st.just("lstm"), options=st.fixed_dictionaries({"forget_bias": st.floats(-10, 20)})),
)
train_specs = st.builds(
    TrainSpec,
    epochs=st.integers(1, 100_000),
    learning_rate=st.floats(0, 10, exclude_min=True),
    clip=st.floats(0, 1e6),
    seed=st.integers(0, 2**31 - 1),
)
projects = st.builds(Project, title=st.text(max_size=30), data=data_specs, model=model_specs, train=train_specs)


@given(projects)
def test_that_json_reads_back_the_same_project(project: Project) -> None:
    again = project_from_json(project.to_json())
    assert again == project
    assert hash(again) == hash(project)
    assert again.to_json() == project.to_json()


@given(projects)
def test_that_the_json_is_strict(project: Project) -> None:
    def refuse(text: str) -> None:
        raise AssertionError(text)

    json.loads(project.to_json(), parse_constant=refuse)


def refused(text: str) -> str:
    with pytest.raises(WorkbenchError) as caught:
        project_from_json(text)
    assert caught.value.problem.remedy()
    return caught.value.problem.key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "broken-project"),
        ("[1]", "broken-project"),
        ("{", "broken-project"),
        ("[" * 100_000, "broken-project"),
        ('{"format": 2}', "newer-project"),
        ('{"format": 0}', "invalid-setting"),
        ('{"nothing": 1}', "invalid-setting"),
        ('{"train": {"learning_rate": NaN}}', "broken-project"),
        ('{"train": {"learning_rate": 1e999}}', "broken-project"),
        ('{"model": {"cell": "os.system"}}', "invalid-setting"),
        ('{"model": {"options": {"forget_bias": NaN}}}', "broken-project"),
        ('{"title": "a", "title": "b"}', "broken-project"),
        ('{"model": {"cell": "gru", "options": {"forget_bias": 1}}}', "settings-clash"),
        ('{"data": null}', "invalid-setting"),
    ],
    ids=range(14),
)
def test_that_a_strangers_json_is_refused(text: str, key: str) -> None:
    assert refused(text) == key


def test_that_the_network_reads_targets_first_and_nothing_twice() -> None:
    assert DataSpec(targets=("b", "a"), inputs=("c", "a")).columns == ("b", "a", "c")


def test_that_the_options_of_a_cell_have_their_defaults() -> None:
    assert ModelSpec(cell="lstm").cell_options.forget_bias == 1.0
    assert ModelSpec(cell="lstm", options={"forget_bias": 3.0}).cell_options.forget_bias == 3.0
    with pytest.raises(WorkbenchError):
        ModelSpec(cell="lstm", options={"forget_bias": 3.0}).changed(cell="gru")
