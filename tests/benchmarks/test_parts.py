"""The other parts: every function is started with its layers, every sweep is counted, every size is judged."""

from benchmarks import evaluation, writes
from benchmarks.cold.functions import functions
from benchmarks.workspace import REPOSITORY


def test_every_function_of_the_template_is_known() -> None:
    found = functions()
    folders = {path.parent.name for path in (REPOSITORY / "functions").glob("*/app.py")}
    assert {function.name for function in found} == folders
    assert all(function.layers[-2:] == ("CoreLayer", "DependenciesLayer") for function in found)
    assert all(set(map(type, function.variables.values())) == {str} for function in found)


def test_unchanged_sweep_writes_a_head_and_an_assessment_each() -> None:
    sweeps = writes.measure(2)
    subjects = 3
    assert sweeps["unchanged"] == {
        "requests": subjects,
        "posture: head": subjects,
        "history: assessment": subjects,
    }
    assert sweeps["one change"]["posture: map"] == 1
    assert sweeps["one change"]["posture: finding"] == sweeps["one change"]["history: transition"] > 0
    assert "| an unchanged assessment writes 2 items | 2.00 items | met |" in writes.report(sweeps, 2)


def test_judging_is_measured_by_size() -> None:
    found = evaluation.measure([2, 4], 1)
    assert {size: runs[0].clusters for size, runs in found.items()} == {2: 2, 4: 4}
    assert found[4][0].verdicts > found[2][0].verdicts
    assert "| clusters | CPU ms a cluster |" in evaluation.report(found)
