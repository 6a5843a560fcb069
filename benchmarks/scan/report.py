"""The report of the scan: ratios first, then seconds, memory, calls and truth."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.measuring import Spread, spread
from benchmarks.page import budgets, table
from benchmarks.scan.contenders import PLUMBLINE, Contender, Peer
from benchmarks.scan.running import Run, Sized

_MOST_MEGABYTES = 250


def report(contenders: Sequence[Contender], absent: Mapping[str, str], results: Sequence[Sized]) -> str:
    """Return what was measured, as Markdown.

    Args:
        contenders: those that ran.
        absent: why others did not, by name.
        results: by size of the fleet.

    """
    options = results[0].options
    fleet = (
        f"Clusters with {options.nodegroups} node groups, {options.addons} add-ons, {options.fargate_profiles} Fargate "
        f"profile and {options.insights} insights each, in one region of one account; every answer comes after "
        f"{options.latency_ms:g} ms. Medians of n runs in turns (least to most). A ratio says how many times "
        "Plumbline's figure a tool needs; the CPU ratio is of the CPU a call: all processor time, from the start of "
        "the process, divided by the calls it made. Only the thread pool does the same work; the other tools make "
        "fewer calls and judge less. A slow tool runs once on the largest fleet, without the uncounted first round "
        "that all others have. Memory that processes of one tool share counts for each of them. *Start*: seconds "
        "before the first call. *At once*: calls under way together, at most. *Truth*: how many features of the fleet "
        "the tool tells rightly, of those that it tells."
    )
    named = [f"- **{contender.name}**: {contender.what}." for contender in contenders]
    named += [f"- **{name}**: not measured: {reason}" for name, reason in absent.items()]
    parts = [fleet, "\n".join(named), _kept(results)]
    parts += [f"**{sized.options.clusters} clusters**\n\n{_size_table(sized)}" for sized in results]
    largest = max(results, key=lambda sized: sized.options.clusters)
    parts += [f"Calls by operation, {largest.options.clusters} clusters:", _calls_table(largest)]
    return "\n\n".join(parts)


def _counted(runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if not run.failure]


def _of(runs: Sequence[Run], figure: Callable[[Run], float]) -> Spread:
    return spread(map(figure, runs))


def _wall(run: Run) -> float:
    return run.usage.wall_s


def _cpu(run: Run) -> float:
    return run.usage.cpu_s


def _cpu_a_call(run: Run) -> float:
    return 1000 * run.usage.cpu_s / max(run.stats.total, 1)


def _memory(run: Run) -> float:
    return run.usage.peak_mb


def _start(run: Run) -> float:
    """Return the seconds before the first call."""
    return (run.stats.first_call_at or run.usage.began_at) - run.usage.began_at


_FIGURES = (_wall, _cpu_a_call, _memory)
_HEADINGS = (
    *("tool", "wall ratio", "CPU ratio", "memory ratio"),
    *("wall s", "n", "CPU s", "CPU ms a call", "peak MB", "start s", "calls", "at once", "truth"),
)


def _size_table(sized: Sized) -> str:
    ours = _counted(sized.runs[PLUMBLINE]) if PLUMBLINE in sized.runs else []
    rows = [_row(name, runs, ours) for name, runs in sized.runs.items()]
    return table(_HEADINGS, rows)


def _row(name: str, runs: Sequence[Run], ours: Sequence[Run]) -> tuple[object, ...]:
    fine = _counted(runs)
    if not fine:
        return (name, *[""] * (len(_HEADINGS) - 2), f"failed: {runs[-1].failure if runs else 'not run'}")
    wall = _of(fine, _wall)
    failed = len(runs) - len(fine)
    return (
        name,
        *(f"{_of(fine, figure).median / _of(ours, figure).median:.2f}" if ours else "" for figure in _FIGURES),
        f"{wall.median:.2f} ({wall.least:.2f} to {wall.most:.2f})",
        f"{wall.count}{f', {failed} failed' if failed else ''}",
        f"{_of(fine, _cpu).median:.2f}",
        f"{_of(fine, _cpu_a_call).median:.2f}",
        f"{_of(fine, _memory).median:.0f}",
        f"{_of(fine, _start).median:.2f}",
        fine[-1].stats.total,
        max(run.stats.peak_concurrency for run in fine),
        _truth(fine[-1]),
    )


def _truth(run: Run) -> str:
    if run.agreement is None:
        return ""
    count, wrong = run.agreement
    told = "".join(f"; {name} {said} not {true}" for name, (said, true) in sorted(wrong.items()))
    return f"{count - len(wrong)} of {count}{told}"


def _calls_table(sized: Sized) -> str:
    fine = {name: _counted(runs) for name, runs in sized.runs.items()}
    calls = {name: runs[-1].stats.calls for name, runs in fine.items() if runs}
    operations = sorted({operation for made in calls.values() for operation in made})
    rows = [(operation, *(made.get(operation, "") for made in calls.values())) for operation in operations]
    return table(("operation", *calls), rows)


def _won(sized: Sized) -> str:
    """Tell in how many rounds Plumbline was faster than the thread pool."""
    pairs = list(zip(sized.runs[PLUMBLINE], sized.runs[Peer.POOL], strict=False))
    fine = [(ours, theirs) for ours, theirs in pairs if not (ours.failure or theirs.failure)]
    return f"{sum(_wall(ours) < _wall(theirs) for ours, theirs in fine)} of {len(fine)}"


def _kept(results: Sequence[Sized]) -> str:
    """Judge the budgets on the largest fleet."""
    largest = max(results, key=lambda sized: sized.options.clusters)
    found = {name: _counted(runs) for name, runs in largest.runs.items()}
    if not (found.get(PLUMBLINE) and found.get(Peer.POOL)):
        return ""
    ours, pool = found[PLUMBLINE], found[Peer.POOL]
    clusters = largest.options.clusters
    wall, theirs = _of(ours, _wall).median, _of(pool, _wall).median
    call, its = _of(ours, _cpu_a_call).median, _of(pool, _cpu_a_call).median
    memory = _of(ours, _memory).median
    same = ours[-1].stats.calls == pool[-1].stats.calls
    return budgets(
        [
            ("the same calls as the thread pool", "the same" if same else "not the same, see below", same),
            (
                f"{clusters} clusters faster than the thread pool",
                f"{wall:.1f} s against {theirs:.1f} s, faster in {_won(largest)} rounds",
                wall < theirs,
            ),
            ("less CPU a call than the thread pool", f"{call:.2f} ms against {its:.2f} ms", call < its),
            (f"{clusters} clusters in less than {_MOST_MEGABYTES} MB", f"{memory:.0f} MB", memory < _MOST_MEGABYTES),
        ]
    )
