"""What the linters do not see: states that lead nowhere, tasks that give up at once, substitutions that are missing."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.api import lint  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from plumbline import runtime
from plumbline.adapters.aws.vpc_collector import READ_SECONDS
from tests.template.loading import HUB, MEMBER, REPOSITORY, as_list, of_type, referred, statements, written

State = dict[str, Any]
MACHINES = of_type("AWS::Serverless::StateMachine")
FUNCTIONS = of_type("AWS::Serverless::Function")
DEFINITIONS: dict[str, dict[str, Any]] = {
    name: yaml_parse((REPOSITORY / machine["DefinitionUri"]).read_text()) for name, machine in MACHINES.items()
}
EACH = pytest.mark.parametrize("machine", sorted(DEFINITIONS))


def levels(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the machine and every machine nested in a Map or Parallel of it."""
    yield definition
    for state in definition["States"].values():
        for nested in [state.get("ItemProcessor"), *state.get("Branches", [])]:
            if nested is not None:
                yield from levels(nested)


def states(machine: str, *kinds: str) -> list[tuple[str, State]]:
    """Return (name, state) of every state at every level, of some types or of all."""
    found = [pair for level in levels(DEFINITIONS[machine]) for pair in level["States"].items()]
    return [(name, state) for name, state in found if not kinds or state["Type"] in kinds]


def following(state: State) -> set[str]:
    """Return the states that may come after one."""
    ways = [state, *state.get("Choices", []), *state.get("Catch", [])]
    return {way["Next"] for way in ways if "Next" in way} | ({state["Default"]} if "Default" in state else set())


def expressions(value: Any) -> Iterator[str]:
    """Yield every JSONata expression in a state."""
    if isinstance(value, dict):
        for item in value.values():
            yield from expressions(item)
    elif isinstance(value, list):
        for item in value:
            yield from expressions(item)
    elif isinstance(value, str) and value.startswith("{%"):
        yield value


@EACH
def test_every_state_leads_somewhere(machine: str) -> None:
    for level in levels(DEFINITIONS[machine]):
        for name, state in level["States"].items():
            assert following(state) <= level["States"].keys(), name
            assert following(state) or state.get("End") or state["Type"] in ("Succeed", "Fail"), name


@EACH
def test_every_state_is_reached(machine: str) -> None:
    for level in levels(DEFINITIONS[machine]):
        reached, ahead = set[str](), {level["StartAt"]}
        while ahead:
            reached |= ahead
            ahead = set[str]().union(*(following(level["States"][name]) for name in ahead)) - reached
        assert reached == level["States"].keys()


@EACH
def test_names_are_unique_across_levels(machine: str) -> None:
    names = [name for name, _ in states(machine)]
    assert len(names) == len(set(names))


@EACH
def test_every_task_is_tried_again_bounded_and_caught(machine: str) -> None:
    for name, task in states(machine, "Task"):
        assert task["Retry"][-1]["ErrorEquals"] == ["States.ALL"], name
        for retry in task["Retry"]:
            assert retry["JitterStrategy"] == "FULL", name
            assert retry["BackoffRate"] >= 2, name
            assert retry["MaxAttempts"] >= 2, name
        assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name


@EACH
def test_maps_are_caught_and_tolerate_what_fails(machine: str) -> None:
    for name, found in states(machine, "Map"):
        assert found["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
        assert found["ToleratedFailurePercentage"] == 100, name
        assert found["MaxConcurrency"] > 0, name
        assert found["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, name


@EACH
def test_a_task_waits_a_little_longer_than_its_function_runs(machine: str) -> None:
    usual = written(HUB)["Globals"]["Function"]["Timeout"]
    for name, task in states(machine, "Task"):
        function = task["Arguments"]["FunctionName"].strip("${}")
        assert task["TimeoutSeconds"] == FUNCTIONS[function].get("Timeout", usual) + 5, name


@EACH
def test_a_machine_ends_by_itself(machine: str) -> None:
    assert DEFINITIONS[machine]["TimeoutSeconds"] > 0
    assert DEFINITIONS[machine]["QueryLanguage"] == "JSONata"


@EACH
def test_substitutions_are_supplied_and_used(machine: str) -> None:
    text = (REPOSITORY / MACHINES[machine]["DefinitionUri"]).read_text()
    assert set(re.findall(r"\$\{(\w+)\}", text)) == MACHINES[machine]["DefinitionSubstitutions"].keys()


@EACH
def test_a_machine_may_invoke_just_the_functions_it_names(machine: str) -> None:
    (grant,) = [
        statement
        for statement in statements(of_type("AWS::IAM::Role")[f"{machine}Role"])
        if "lambda:InvokeFunction" in as_list(statement["Action"])
    ]
    named = {task["Arguments"]["FunctionName"].strip("${}") for _, task in states(machine, "Task")}
    assert referred(grant["Resource"]) == named


@EACH
def test_expressions_are_closed_and_use_no_variable_that_is_not_assigned(machine: str) -> None:
    assigned = {name for _, state in states(machine) for name in state.get("Assign", {})}
    assigned |= {
        name for _, state in states(machine) for way in state.get("Catch", []) for name in way.get("Assign", {})
    }
    functions = {"merge", "count", "not", "string", "substring"}
    for name, state in states(machine):
        for text in expressions({key: value for key, value in state.items() if key != "ItemProcessor"}):
            assert text.rstrip().endswith("%}"), name
            used = set(re.findall(r"\$(\w+)", re.sub(r"\$\{\w+\}", "", text)))
            assert used <= assigned | functions | {"states"}, name


@EACH
def test_a_failure_ends_in_a_failed_execution_or_in_a_record(machine: str) -> None:
    """Whoever is caught leads to a state that records it, gives up or fails; never straight to success."""
    for name, state in states(machine, "Task", "Map"):
        for way in state["Catch"]:
            target = next(found for other, found in states(machine) if other == way["Next"])
            assert target["Type"] in ("Task", "Fail"), name


@EACH
def test_the_definition_in_the_template_has_no_findings(machine: str) -> None:
    """A definition in a file of its own is not looked into: it is put into a template for the linter."""
    text = (REPOSITORY / MACHINES[machine]["DefinitionUri"]).read_text().replace("${Partition}", "aws")
    definition = yaml_parse(re.sub(r"\$\{\w+\}", "1", text))
    resource = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": "arn:aws:iam::111122223333:role/example", "Definition": definition},
    }
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Machine": resource}}
    assert [str(match) for match in lint(json.dumps(template))] == []


def test_the_lease_outlives_what_is_done_between_two_renewals() -> None:
    """Two collections and an assessment, each tried again as often as the machine says, and the longest wait."""
    lease = int(written(HUB)["Globals"]["Function"]["Environment"]["Variables"]["LEASE_SECONDS"])
    tasks = dict(states("AssessClusterWorkflow", "Task"))
    work = [tasks[name] for name in ("Collect", "CollectKubernetes", "Assess")]
    assert lease > sum(task["TimeoutSeconds"] * (1 + task["Retry"][-1]["MaxAttempts"]) for task in work)
    assert lease > written(HUB)["Parameters"]["DebounceSeconds"]["MaxValue"] + 300


def test_nothing_is_collected_before_the_lease_is_held_and_all_is_at_rest() -> None:
    definition = DEFINITIONS["AssessClusterWorkflow"]["States"]
    before = {name for name, state in definition.items() if "Collect" in following(state)}
    assert before == {"IsReady"}
    conditions = [choice["Condition"] for choice in definition["IsReady"]["Choices"]]
    assert conditions == [
        "{% $not($states.input.granted) %}",
        "{% $count($states.input.scopes) = 0 %}",
        "{% $states.input.stable %}",
    ]


@pytest.mark.parametrize(
    ("machine", "choice", "condition", "inside", "beside"),
    [
        (
            "AssessClusterWorkflow",
            "LooksInside",
            "{% ${ReadKubernetes} and $kubernetes %}",
            "CollectKubernetes",
            "Assess",
        ),
        ("SweepFleet", "IsReadInside", "{% ${ReadKubernetes} %}", "CollectKubernetesBatch", "BatchCollected"),
    ],
)
def test_clusters_are_read_inside_after_they_were_described_and_only_where_it_is_wanted(
    machine: str, choice: str, condition: str, inside: str, beside: str
) -> None:
    found = dict(states(machine))
    assert found[choice]["Choices"] == [{"Condition": condition, "Next": inside}]
    assert found[choice]["Default"] == found[inside]["Next"] == beside
    assert [name for name, state in found.items() if inside in following(state)] == [choice]
    (before,) = [state for state in found.values() if state.get("Next") == choice]
    assert before["Arguments"]["FunctionName"] == "${CollectCluster}"


def test_the_aws_side_is_judged_whatever_becomes_of_the_inside() -> None:
    assert [way["Next"] for way in dict(states("AssessClusterWorkflow"))["CollectKubernetes"]["Catch"]] == ["Assess"]


def test_a_batch_whose_inside_is_not_read_is_recorded() -> None:
    found = dict(states("SweepFleet"))
    assert found["CollectKubernetesBatch"]["Catch"] == found["CollectBatch"]["Catch"]
    assert [way["Next"] for way in found["CollectKubernetesBatch"]["Catch"]] == ["RecordCollectBatch"]
    # What is recorded on failure is the batch, so it has to be handed on.
    assert found["CollectBatch"]["Output"] == "{% $states.input %}"


def test_a_batch_ends_in_time_whatever_its_clusters_do() -> None:
    """Each cluster takes at most so long, from here or from inside its VPC, and some are read at once."""
    batch = dict(states("SweepFleet"))["CollectEach"]["ItemBatcher"]["MaxItemsPerBatch"]
    seconds = max(READ_SECONDS, int(FUNCTIONS["CollectKubernetes"]["Environment"]["Variables"]["KUBERNETES_SECONDS"]))
    assert math.ceil(batch / runtime.CLUSTERS_AT_ONCE) * seconds < FUNCTIONS["CollectKubernetes"]["Timeout"]
    inside = of_type("AWS::Lambda::Function", MEMBER)["KubernetesCollector"]
    assert int(inside["Environment"]["Variables"]["KUBERNETES_SECONDS"]) < inside["Timeout"] < READ_SECONDS
