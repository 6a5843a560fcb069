"""Measuring cold starts: each function in fresh processes, in turns with the baseline."""

import os
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.cold.functions import Function, Layers, Variant, functions
from benchmarks.measuring import Spread, spread
from benchmarks.page import budgets, table
from local.environments import lambda_python

# The least that a function written with the AWS SDK for Python needs.
BASELINE = "boto3 + one client"
_EMPTY = "empty"
_BASELINE_CODE = "import boto3; boto3.client('eks')"
_START = Path(__file__).with_name("start.py")
_MOST_TIMES, _MOST_TIMES_WITH_KUBERNETES, _MOST_MEGABYTES = 1.5, 2, 120
_KUBERNETES = "KubernetesLayer"
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to start: arguments for Python, where it finds packages, and its environment."""

    function: str
    variant: Variant
    ready: bool
    arguments: tuple[str, ...]
    path: tuple[Path, ...]
    variables: Mapping[str, str] = {}


# CPU milliseconds of each start, by function, variant, and whether it was made ready.
Measured = dict[tuple[str, Variant, bool], list[float]]


def measure(rounds: int, layers: Layers, told: Callable[[str], None]) -> Measured:
    """Start every function and the baseline, both packed in both ways, in turns; a first turn is not counted."""
    cases = _cases(layers)
    found: Measured = {(case.function, case.variant, case.ready): [] for case in cases}
    for number in range(rounds + 1):
        told(f"cold starts, round {number} of {rounds}")
        for case in cases:
            taken = _start(case)
            if number:
                found[case.function, case.variant, case.ready].append(taken)
    return found


def _cases(layers: Layers) -> list[Case]:
    all_functions = functions()
    cases = []
    for variant in Variant:
        shared = tuple(layers.path(layer, variant) for layer in all_functions[0].layers)
        for name, code in ((_EMPTY, ""), (BASELINE, _BASELINE_CODE)):
            cases.append(Case(function=name, variant=variant, ready=False, arguments=("-c", code), path=shared))
        cases += [_case(function, variant, ready, layers) for function in all_functions for ready in (False, True)]
    return cases


def _case(function: Function, variant: Variant, ready: bool, layers: Layers) -> Case:  # noqa: FBT001
    return Case(
        function=function.name,
        variant=variant,
        ready=ready,
        arguments=(str(_START), *(function.builds if ready else ())),
        path=(function.directory, *(layers.path(layer, variant) for layer in function.layers)),
        variables=function.variables,
    )


def _start(case: Case) -> float:
    path = os.pathsep.join(map(str, case.path))
    environment = {**_ENVIRONMENT, **case.variables, "PYTHONPATH": path}
    process = subprocess.Popen(
        [str(lambda_python()), *case.arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    _, said = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{case.function} does not start: {said.decode()[-2000:]}")
    return 1000 * (used.ru_utime + used.ru_stime)


def report(found: Measured, layers: Layers) -> str:
    """Return what was measured, as Markdown."""
    sizes = {function.name: layers.megabytes(function) for function in functions()}
    rows = [_row(name, found, f"{sizes[name]:.0f}") for name in sizes]
    headings = (
        "function",
        "import ms",
        "ratio",
        "ready ms",
        "ratio",
        "compiled: import ms",
        "ratio",
        "ready ms",
        "ratio",
        "package MB",
    )
    kept = budgets(_kept(found, sizes))
    base = [_net(found, BASELINE, variant, ready=False) for variant in Variant]
    text = (
        "Processor time of a fresh process, above that of an empty interpreter, disk cache warm; medians of "
        f"{base[0].count}, in turns. *Import* is what Lambda does before the first call; *ready* also builds what the "
        "function asks of the composition root, with its clients. The baseline imports `boto3` and creates one client: "
        f"{base[0].median:.0f} ms from source, {base[1].median:.0f} ms compiled. `sam build` unpacks wheels, which "
        "hold no byte code, so Python compiles every module at every cold start; *compiled* is what byte code in the "
        "layers would give. The interpreter and the processor are those of this machine, not Lambda's."
    )
    return f"{text}\n\n{kept}\n\n{table(headings, rows)}"


def _kept(found: Measured, sizes: Mapping[str, float]) -> list[tuple[str, str, bool]]:
    """Return each budget, what was measured, and whether it was kept."""
    inside = {function.name for function in functions() if _KUBERNETES in function.layers}
    rows = []
    for names, most, which in (
        (sizes.keys() - inside, _MOST_TIMES, ""),
        (inside, _MOST_TIMES_WITH_KUBERNETES, "with the Kubernetes client: "),
    ):
        for ready in (False, True):
            ratios = _ratios(found, Variant.SOURCE, ready=ready, names=names)
            name, times = max(ratios.items(), key=lambda pair: pair[1])
            budget = f"{which}{'ready' if ready else 'import'} within {most} x {BASELINE}"
            rows.append((budget, f"{times:.2f} x ({name})", times <= most))
    biggest = max(sizes.values())
    return [*rows, (f"package under {_MOST_MEGABYTES} MB", f"{biggest:.0f} MB", biggest < _MOST_MEGABYTES)]


def _row(name: str, found: Measured, size: str) -> Sequence[object]:
    cells: list[str] = []
    for variant in Variant:
        base = _net(found, BASELINE, variant, ready=False).median
        for ready in (False, True):
            median = _net(found, name, variant, ready=ready).median
            cells += [f"{median:.0f}", f"{median / base:.2f}"]
    return (name, *cells, size)


def _ratios(found: Measured, variant: Variant, *, ready: bool, names: Collection[str]) -> dict[str, float]:
    base = _net(found, BASELINE, variant, ready=False).median
    return {name: _net(found, name, variant, ready=ready).median / base for name in names}


def _net(found: Measured, name: str, variant: Variant, *, ready: bool) -> Spread:
    empty = spread(found[_EMPTY, variant, False]).median
    return spread(taken - empty for taken in found[name, variant, ready])
