"""The report judges the budgets, compares the tools, and tells who is absent and what was asked too much."""

from benchmarks.kubernetes.contenders import Contender
from benchmarks.kubernetes.judging import Judged
from benchmarks.kubernetes.plan import planned
from benchmarks.kubernetes.report import report
from benchmarks.kubernetes.running import Run, Sized
from benchmarks.kubernetes.serving import Served
from benchmarks.measuring import Usage

SERVED = Served(kinds={"pods": 600})
PLANNED = planned(SERVED)


def ran(cpu_s: float, *, asked: dict[str, int] = PLANNED, failure: str = "") -> Run:
    usage = Usage(began_at=0, wall_s=2 * cpu_s, cpu_s=cpu_s, peak_mb=100 * cpu_s, code=0)
    return Run(usage=usage, asked=asked, results=7, failure=failure)


def judged(judging_s: float, verdicts: int) -> Judged:
    return Judged(
        reading_s=0.25,
        judging_s=judging_s,
        reading_bytes=9_000_000,
        evidence_bytes=6_000_000,
        judging_bytes=2_000_000,
        verdicts=verdicts,
        controls=58,
    )


def contender(name: str) -> Contender:
    return Contender(name=name, what=f"what {name} is", command=("true",), results=lambda _, __: 0)


def told(runs: dict[str, list[Run]], *larger: Sized) -> str:
    first = Sized(pods=600, namespaces=24, served=SERVED, runs=runs, judged=[judged(0.5, 1_000)])
    return report([contender(name) for name in runs], {"prowler": "left out on request"}, [first, *larger])


def test_budgets_are_judged_on_the_first_cluster() -> None:
    text = told({"plumbline": [ran(1), ran(1.1), ran(4, failure="exit code 1: no")]})
    assert "| 600 pods in less than 1.5 s of CPU | 1.05 s | met |" in text
    assert "| in less than 120 MB | 105 MB | met |" in text
    assert "| 34 requests, by kind as planned | 34 requests, as planned | met |" in text
    assert "Requests by kind; planned for Plumbline are 33 + 0 + 1" in text
    assert "1.05 (1.00 to 1.10) | 2, 1 failed |" in text
    assert "- **prowler**: not measured: left out on request" in text


def test_what_is_not_met_is_told() -> None:
    text = told({"plumbline": [ran(2, asked={**PLANNED, "secrets": 1})]})
    assert "| 600 pods in less than 1.5 s of CPU | 2.00 s | **missed** |" in text
    assert "| in less than 120 MB | 200 MB | **missed** |" in text
    assert "| 34 requests, by kind as planned | 35 requests: secrets 1 | **missed** |" in text


def test_tools_are_compared_with_plumbline() -> None:
    text = told({"plumbline": [ran(1)], "hardeneks": [ran(40)], "broken": [ran(1, failure="exit code 2: no AWS")]})
    assert "| hardeneks | 40.0 | 40.0 | 40.00 (40.00 to 40.00) | 1 | 4000 | 80.0 | 34 | 7 |" in text
    assert "failed: exit code 2: no AWS" in text
    assert "| kind | planned | plumbline | hardeneks |" in text
    assert "| pods | 2 | 2 | 2 |" in text


def test_growth_is_of_a_verdict() -> None:
    runs = {"plumbline": [ran(3)]}
    served = Served(kinds={"pods": 1_200})
    larger = Sized(pods=1_200, namespaces=48, served=served, runs=runs, judged=[judged(1.2, 2_000)])
    text = told({"plumbline": [ran(1)]}, larger)
    measured = "a verdict among 1,200 pods takes 1.20 times as long as among 600"
    assert f"| evaluation linear | {measured} | met |" in text
    measured = "7.5 kB an object among 1,200 pods, 15.0 among 600"
    assert f"| memory bounded by what is kept | {measured} | met |" in text
    assert "| 1,200 | 1,200 | 0.25 | 9 | 6 | 1.20 | 600.0 | 2 | 2,000 | 3.00 | 300 | 1 |" in text


def test_page_says_what_every_tool_is() -> None:
    assert "- **plumbline**: what plumbline is." in told({"plumbline": [ran(1)]})
