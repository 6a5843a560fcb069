"""A cluster is scanned by a process of its own, and the requests that were served are those of the plan."""

from pathlib import Path

import pytest

from benchmarks.kubernetes.contenders import Contender, plumbline
from benchmarks.kubernetes.plan import planned
from benchmarks.kubernetes.process import ClusterError, ClusterProcess
from benchmarks.kubernetes.running import race
from local.kubernetes.generator import Size

SIZE = Size(namespaces=12, pods=620)


def results(directory: Path, printed: Path) -> int:
    return len(printed.read_text().split())


def test_plumbline_asks_for_what_is_planned_and_no_more() -> None:
    failing = Contender(name="failing", what="", command=("sh", "-c", "echo reason >&2; exit 5"), results=results)
    counting = Contender(name="slow", what="", command=("echo", "a", "b"), results=results, slow=True)
    sized = race([plumbline(), failing, counting], SIZE, 2, lambda _: None)
    ours = sized.runs["plumbline"]
    assert [run.failure for run in ours] == ["", ""]
    assert [run.asked for run in ours] == [planned(sized.served)] * 2
    assert ours[0].asked["pods"] == 2
    assert [(run.failure, run.asked) for run in sized.runs["failing"]] == [("exit code 5: reason", {})] * 2
    assert [run.results for run in sized.runs["slow"]] == [2]
    assert len(sized.judged) == 2
    assert all(run.verdicts > ours[0].results > 0 for run in sized.judged)
    assert all(run.evidence_bytes > 0 for run in sized.judged)


def test_cluster_that_does_not_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="60 pods"), ClusterProcess(Size(1, 60), tmp_path / "no" / "kubeconfig"):
        pass
