"""The report of the scan of a large cluster: budgets, ratios to other tools, requests, and how it grows."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.kubernetes.contenders import PLUMBLINE, WITH_AWS, Contender
from benchmarks.kubernetes.judging import Judged
from benchmarks.kubernetes.plan import planned, terms
from benchmarks.kubernetes.running import Run, Sized
from benchmarks.measuring import Spread, spread
from benchmarks.page import budgets, table

_MOST_SECONDS, _MOST_MEGABYTES = 1.5, 120
# Beyond this the time of a verdict, or the memory of an object, grows with the cluster.
_STILL_LINEAR = 1.5
_MEGABYTE = 1e6


def report(contenders: Sequence[Contender], absent: Mapping[str, str], results: Sequence[Sized]) -> str:
    """Return what was measured, as Markdown.

    Args:
        contenders: those that ran.
        absent: why others did not, by name.
        results: by size of the cluster; the first is the one on which all ran.

    """
    first = results[0]
    always, found, further = terms(first.served)
    text = (
        f"A generated cluster of {first.pods:,} pods in {first.namespaces} namespaces, {first.served.objects:,} "
        "objects, served over TLS by a process of its own whose cost counts for nobody; every tool reads it through "
        "the same kubeconfig, whose token may read everything, and finds one generated cluster where it looks for AWS. "
        "CPU and memory of the whole process from its start, medians of n runs in turns (least to most); a tool that "
        "takes minutes runs once. A ratio says how many times Plumbline's figure a tool needs. No tool does the same "
        "work as another: *results* are the verdicts, rule results or findings that it reports."
    )
    named = [f"- **{contender.name}**: {contender.what}." for contender in contenders]
    named += [f"- **{name}**: not measured: {reason}" for name, reason in absent.items()]
    made = (
        f"Requests by kind; planned for Plumbline are {always} + {found} + {further}: what is always asked, the kinds "
        "that discovery has found, and the pages after the first one of a list."
    )
    grown = (
        "By the size of the cluster, *reading* and *judging* apart and without the start of the process: reading is "
        "requests, decoding and what is kept, with its memory at the peak and what the *evidence* keeps of it; judging "
        f"is all {first.judged[0].controls} controls of clusters, verdict by verdict, with the AWS side of a cluster "
        "at hand. *Scan* is the whole process of `plumbline scan --kubeconfig`, as above."
    )
    parts = [text, "\n".join(named), _kept(results), _tools(first), made, _requests(first), grown, _sizes(results)]
    return "\n\n".join(part for part in parts if part)


def _counted(runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if not run.failure]


def _cpu(run: Run) -> float:
    return run.usage.cpu_s


def _memory(run: Run) -> float:
    return run.usage.peak_mb


def _wall(run: Run) -> float:
    return run.usage.wall_s


def _of(runs: Sequence[Run], figure: Callable[[Run], float]) -> Spread:
    return spread(map(figure, runs))


def _each(runs: Sequence[Judged], figure: Callable[[Judged], float]) -> float:
    return spread(map(figure, runs)).median


def _kept(results: Sequence[Sized]) -> str:
    first = results[0]
    ours = _counted(first.runs.get(PLUMBLINE, []))
    if not ours:
        return ""
    cpu, memory = _of(ours, _cpu).median, _of(ours, _memory).median
    asked, plan = ours[-1].asked, planned(first.served)
    rows = [
        (f"{first.pods:,} pods in less than {_MOST_SECONDS} s of CPU", f"{cpu:.2f} s", cpu < _MOST_SECONDS),
        (f"in less than {_MOST_MEGABYTES} MB", f"{memory:.0f} MB", memory < _MOST_MEGABYTES),
        (f"{sum(plan.values())} requests, by kind as planned", _told(asked, plan), asked == plan),
    ]
    if len(results) > 1:
        last = results[-1]
        growth = _verdict_us(last.judged) / _verdict_us(first.judged)
        told = f"a verdict among {last.pods:,} pods takes {growth:.2f} times as long as among {first.pods:,}"
        rows.append(("evaluation linear", told, growth < _STILL_LINEAR))
        now, before = _object_kb(last), _object_kb(first)
        told = f"{now:.1f} kB an object among {last.pods:,} pods, {before:.1f} among {first.pods:,}"
        rows.append(("memory bounded by what is kept", told, now < before * _STILL_LINEAR))
    return budgets(rows)


def _told(asked: Mapping[str, int], plan: Mapping[str, int]) -> str:
    others = [f"{kind} {asked.get(kind, 0)}" for kind in sorted({*asked, *plan}) if asked.get(kind) != plan.get(kind)]
    return f"{sum(asked.values())} requests{': ' + ', '.join(others) if others else ', as planned'}"


def _tools(sized: Sized) -> str:
    ours = _counted(sized.runs.get(PLUMBLINE, []))
    headings = ("tool", "CPU ratio", "memory ratio", "CPU s", "n", "peak MB", "wall s", "requests", "results")
    return table(headings, [_tool(name, runs, ours, len(headings)) for name, runs in sized.runs.items()])


def _tool(name: str, runs: Sequence[Run], ours: Sequence[Run], columns: int) -> tuple[object, ...]:
    fine = _counted(runs)
    if not fine:
        return (name, *[""] * (columns - 2), f"failed: {runs[-1].failure if runs else 'not run'}")
    cpu = _of(fine, _cpu)
    return (
        name,
        *(f"{_of(fine, figure).median / _of(ours, figure).median:.1f}" if ours else "" for figure in (_cpu, _memory)),
        f"{cpu.median:.2f} ({cpu.least:.2f} to {cpu.most:.2f})",
        f"{cpu.count}{f', {len(runs) - len(fine)} failed' if len(fine) < len(runs) else ''}",
        f"{_of(fine, _memory).median:.0f}",
        f"{_of(fine, _wall).median:.1f}",
        sum(fine[-1].asked.values()),
        fine[-1].results,
    )


def _requests(sized: Sized) -> str:
    asked = {name: _counted(runs)[-1].asked for name, runs in sized.runs.items() if _counted(runs)}
    shown = {name: made for name, made in asked.items() if name != WITH_AWS or made != asked.get(PLUMBLINE)}
    shown = {"planned": planned(sized.served), **shown}
    kinds = sorted({kind for made in shown.values() for kind in made})
    return table(("kind", *shown), [(kind, *(made.get(kind, "") for made in shown.values())) for kind in kinds])


def _sizes(results: Sequence[Sized]) -> str:
    headings = (
        *(
            "pods",
            "objects",
            "reading CPU s",
            "reading MB",
            "evidence MB",
            "judging CPU s",
            "CPU µs a verdict",
            "judging MB",
        ),
        *("verdicts", "scan CPU s", "scan peak MB", "n"),
    )
    return table(headings, [_size(sized) for sized in results])


def _size(sized: Sized) -> tuple[object, ...]:
    runs, scans = sized.judged, _counted(sized.runs[PLUMBLINE])
    return (
        f"{sized.pods:,}",
        f"{sized.served.objects:,}",
        f"{_each(runs, lambda run: run.reading_s):.2f}",
        f"{_each(runs, lambda run: run.reading_bytes / _MEGABYTE):.0f}",
        f"{_each(runs, lambda run: run.evidence_bytes / _MEGABYTE):.0f}",
        f"{_each(runs, lambda run: run.judging_s):.2f}",
        f"{_verdict_us(runs):.1f}",
        f"{_each(runs, lambda run: run.judging_bytes / _MEGABYTE):.0f}",
        f"{runs[-1].verdicts:,}",
        *(f"{_of(scans, figure).median:.{digits}f}" if scans else "" for figure, digits in ((_cpu, 2), (_memory, 0))),
        len(runs),
    )


def _object_kb(sized: Sized) -> float:
    """Return how much memory reading takes at its peak, in kB an object."""
    return _each(sized.judged, lambda run: run.reading_bytes / 1e3) / sized.served.objects


def _verdict_us(runs: Sequence[Judged]) -> float:
    return _each(runs, lambda run: 1e6 * run.judging_s / run.verdicts)
