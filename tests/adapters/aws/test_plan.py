"""The evidence plan as a table: complete, real, and the only place that calls come from."""

import ast
from pathlib import Path

import botocore.session
import pytest

from plumbline.adapters.aws import plan
from plumbline.domain.snapshot import ACCOUNT_SECTIONS, CLUSTER_SECTIONS, REGION_SECTIONS

ADAPTERS = Path(plan.__file__).parent
CALLS = sorted(plan.calls(), key=lambda call: call.name)
_SESSION = botocore.session.Session()


def trees() -> dict[str, ast.Module]:
    return {path.name: ast.parse(path.read_text()) for path in ADAPTERS.glob("*.py")}


def test_every_section_is_in_the_plan_once() -> None:
    assert sorted(row.section for row in plan.OF_ACCOUNT) == sorted(ACCOUNT_SECTIONS)
    assert sorted(row.section for row in plan.OF_REGION) == sorted(REGION_SECTIONS)
    assert sorted(row.section for row in plan.OF_CLUSTER) == sorted(CLUSTER_SECTIONS)


def test_calls_come_from_the_plan_alone() -> None:
    found = {
        name
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Call"
    }
    assert found == {"plan.py"}


def test_every_call_of_the_plan_is_made_somewhere() -> None:
    named = {name for name, value in vars(plan).items() if isinstance(value, plan.Call)}
    used = {
        node.attr
        for name, tree in trees().items()
        if name != "plan.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "plan"
    }
    assert named - used == set()


def test_every_call_is_in_a_row() -> None:
    assert {value for value in vars(plan).values() if isinstance(value, plan.Call)} == plan.calls()


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_a_call_is_as_the_service_knows_it(call: plan.Call) -> None:
    model = _SESSION.get_service_model(call.service).operation_model(call.operation)
    assert model.output_shape is not None
    assert not call.member or call.member in model.output_shape.members
    errors = {shape.metadata.get("error", {}).get("code", shape.name) for shape in model.error_shapes}
    # DescribeOrganization's error is one of all operations of the service.
    assert call.service == "organizations" or set(call.none) <= errors


@pytest.mark.parametrize("call", [call for call in CALLS if call.page_size], ids=lambda call: call.name)
def test_a_page_is_as_large_as_the_service_allows(call: plan.Call) -> None:
    model = _SESSION.get_service_model(call.service).operation_model(call.operation)
    rule = _SESSION.get_component("data_loader").load_service_model(call.service, "paginators-1")["pagination"]
    limit = rule[call.operation]["limit_key"]
    assert model.input_shape is not None
    stated = model.input_shape.members[limit].metadata.get("max")
    assert stated is None or call.page_size <= stated
