"""What is read without botocore's parsers is what they would have read, short of the types."""

import threading
from typing import Any

import msgspec
import pytest
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.session import get_session

from plumbline.adapters.aws import decoding, plan
from plumbline.adapters.aws.decoding import prepare

XML_SERVICES = frozenset({"ec2", "autoscaling"})
INSTANCES = b"""<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>r</requestId>
  <reservationSet><item><unheardOf><item>x</item></unheardOf><instancesSet>
    <item><instanceId>i-1</instanceId><tagSet><item><key>a</key><value/></item></tagSet><groupSet/></item>
    <item><instanceId>i-2</instanceId><instanceType>&lt;m7&gt;</instanceType></item>
  </instancesSet></item></reservationSet>
  <nextToken>more</nextToken>
</DescribeInstancesResponse>"""
GROUPS = b"""<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
<DescribeAutoScalingGroupsResult><AutoScalingGroups>
<member><AutoScalingGroupName>g</AutoScalingGroupName><VPCZoneIdentifier>subnet-1</VPCZoneIdentifier></member>
</AutoScalingGroups></DescribeAutoScalingGroupsResult>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeAutoScalingGroupsResponse>"""


def model_of(service: str, operation: str) -> OperationModel:
    return get_session().get_service_model(service).operation_model(operation)


def answered(service: str, operation: str, body: bytes, status: int = 200, *, directly: bool) -> dict[str, Any]:
    """Return an answer as botocore's endpoint makes it, without what it says of the request."""
    model = model_of(service, operation)
    assert model.output_shape is not None
    response: dict[str, Any] = {"status_code": status, "headers": {}, "body": body, "context": {}}
    taken: dict[str, Any] = {}
    if directly:
        decoding._TAKE_OVER[service](
            response_dict=response, customized_response_dict=taken, operation_model=model, event_name="before-parse"
        )
    parsed = create_parser(model.service_model.resolved_protocol).parse(response, model.output_shape) | taken
    return {name: value for name, value in parsed.items() if name != "ResponseMetadata"}


@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [("ec2", "DescribeInstances", INSTANCES), ("autoscaling", "DescribeAutoScalingGroups", GROUPS)],
)
def test_xml_is_read_as_botocore_reads_it(service: str, operation: str, body: bytes) -> None:
    assert answered(service, operation, body, directly=True) == answered(service, operation, body, directly=False)


def test_numbers_and_times_stay_text() -> None:
    body = b"<r><vpcSet/><nextToken/></r>"
    assert answered("ec2", "DescribeVpcs", body, directly=True) == {"Vpcs": [], "NextToken": ""}
    body = b"<r><subnetSet><item><availableIpAddressCount>7</availableIpAddressCount></item></subnetSet></r>"
    found = answered("ec2", "DescribeSubnets", body, directly=True)
    assert found == {"Subnets": [{"AvailableIpAddressCount": "7"}]}


def test_errors_are_botocores() -> None:
    body = b"<Response><Errors><Error><Code>Blocked</Code><Message>no</Message></Error></Errors></Response>"
    found = answered("ec2", "DescribeVpcs", body, 403, directly=True)
    assert found == answered("ec2", "DescribeVpcs", body, 403, directly=False)
    assert found["Error"] == {"Code": "Blocked", "Message": "no"}


def test_every_answer_of_the_plan_in_xml_can_be_read() -> None:
    operations = [call for call in plan.calls() if call.service in XML_SERVICES]
    assert {call.service for call in operations} == XML_SERVICES
    for call in operations:
        shape = model_of(call.service, call.operation).output_shape
        assert shape is not None
        kinds = set(kinds_in(shape))
        assert not kinds & {"map", "blob", "flattened", "xmlAttribute"}, call.name
        assert call.member in {"", *shape.members}


def kinds_in(shape: Any) -> Any:
    """Yield what of a shape the reading of XML would have to know of."""
    yield shape.type_name
    yield from shape.serialization.keys() & {"flattened", "xmlAttribute"}
    if shape.type_name == "structure":
        for member in shape.members.values():
            yield from kinds_in(member)
    if shape.type_name == "list":
        yield from kinds_in(shape.member)


def test_types_are_prepared_by_one_thread_at_a_time() -> None:
    parts = [msgspec.defstruct(f"Part{n}", [(f"field{m}", int | None, None) for m in range(20)]) for n in range(5)]
    whole = msgspec.defstruct("Whole", [(f"part{n}", tuple[part, ...], ()) for n, part in enumerate(parts)])  # type: ignore[valid-type]
    found: list[Any] = []
    together = threading.Barrier(8)

    def convert() -> None:
        together.wait()
        prepare(whole)
        found.append(msgspec.convert({"part4": [{"field7": 7}]}, whole))

    threads = [threading.Thread(target=convert) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.part4[0].field7 for one in found] == [7] * 8
