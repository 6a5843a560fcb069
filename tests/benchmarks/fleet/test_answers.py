"""Every answer has the names that botocore's service models know, and every required member."""

from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from benchmarks.fleet.calls import Answer, Call, Entries, Operation
from benchmarks.fleet.names import Names
from benchmarks.fleet.operations import OPERATIONS, ROUTES
from benchmarks.fleet.options import Options
from benchmarks.fleet.services.guarding import DETECTOR
from benchmarks.fleet.traits import Place
from benchmarks.fleet.world import World

WORLD = World(Options(clusters=60))
NAMES = Names(WORLD.draws)
HERE = next(WORLD.places())
KEY = next(WORLD.key(HERE, index).arn for index in range(60) if WORLD.cluster(HERE, index).encrypted)
CLUSTER = WORLD.cluster_name(0)
# Services are called by the names they sign with; the models of two have other ones.
MODELS = {"servicequotas": "service-quotas"}
BY_PATH = [(service, name, operation) for service, routes in ROUTES.items() for name, operation in routes.values()]
CASES = [(*key, operation) for key, operation in OPERATIONS.items()] + BY_PATH
# One that is asked for its access entries.
OPEN = next(WORLD.cluster(HERE, index) for index in range(60) if WORLD.cluster(HERE, index).authentication == "API")
PARTS = {
    "DescribeNodegroup": "spot-01",
    "DescribeFargateProfile": "profile-00",
    "DescribeAddon": "coredns",
    "DescribePodIdentityAssociation": f"a-{WORLD.draws.number('association', *HERE, 0):016x}",
    "ListAssociatedAccessPolicies": f"arn:aws:iam::{HERE.account}:role/platform-admin",
    "DescribeInsight": WORLD.draws.identifier("insight", *HERE, 0, 0),
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "ListAccessEntries": {"cluster": OPEN.name},
    "ListAssociatedAccessPolicies": {"cluster": OPEN.name},
    "DescribeVpcAttribute": {"VpcId": NAMES.id("vpc", HERE, 0), "Attribute": "enableDnsSupport"},
    "GetDetector": {"detector": DETECTOR},
    "AssumeRole": {"RoleArn": "arn:aws:iam::222200000000:role/reader", "RoleSessionName": "s"},
    "DescribeKey": {"KeyId": KEY},
    "GetKeyRotationStatus": {"KeyId": KEY},
    "GetEventSelectors": {"TrailName": "management"},
    "GetParameters": {"Names": list(WORLD.catalogue.recommended_releases())[:10]},
}


def answered(name: str, operation: Operation, **parameters: Any) -> Answer:
    given = {"cluster": CLUSTER, "part": PARTS.get(name, ""), **PARAMETERS.get(name, {}), **parameters}
    return operation(Call(WORLD, NAMES, HERE, name, given))


@pytest.mark.parametrize(("service", "name", "operation"), CASES, ids=[f"{case[0]}.{case[1]}" for case in CASES])
def test_answer_fits_the_service_model(service: str, name: str, operation: Operation) -> None:
    model = botocore.session.get_session().get_service_model(MODELS.get(service, service))
    shape = model.operation_model(name).output_shape
    assert shape is not None
    assert list(misfits(shape, answered(name, operation), name)) == []


def misfits(shape: Shape, value: Any, path: str) -> list[str]:
    """Return what of an answer, under its names on the wire, the model does not know or misses."""
    if value is None:
        return []
    if isinstance(shape, StructureShape):
        return structure_misfits(shape, value, path)
    if isinstance(shape, ListShape):
        wrong = [] if isinstance(value, list) else [f"{path} is no list"]
        return wrong + [found for item in value for found in misfits(shape.member, item, f"{path}[]")]
    if isinstance(shape, MapShape):
        values = [entry["value"] for entry in value] if isinstance(value, Entries) else value.values()
        return [found for item in values for found in misfits(shape.value, item, f"{path}{{}}")]
    allowed = {
        "string": str,
        "blob": str,
        "boolean": bool,
        "integer": int,
        "long": int,
        "double": int,
        "timestamp": str | float | int,
    }
    fits = isinstance(value, allowed[shape.type_name])
    in_enum = not shape.metadata.get("enum") or value in shape.metadata["enum"]
    return [] if fits and in_enum else [f"{path} is {value!r}"]


def structure_misfits(shape: StructureShape, value: dict[str, Any], path: str) -> list[str]:
    members = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
    unknown = [f"{path}.{name} is unknown" for name in value if name not in members]
    present = {members[name][0] for name in value if name in members}
    missing = [f"{path}.{name} is missing" for name in shape.required_members if name not in present]
    inner = [
        found
        for name, item in value.items()
        if name in members
        for found in misfits(members[name][1], item, f"{path}.{name}")
    ]
    return unknown + missing + inner


def test_a_place_outside_of_the_fleet_is_empty() -> None:
    elsewhere = Call(WORLD, NAMES, Place("999900000000", "eu-west-1"), "ListClusters", {})
    assert ROUTES["eks"]["GET", "clusters"][1](elsewhere) == {"clusters": []}
