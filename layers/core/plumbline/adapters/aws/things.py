"""Evidence plan D.2: keys, VPC attributes, hooks, images and types, each by its name."""

from typing import Any

import msgspec

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api
from plumbline.domain.arn import account_of
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.need import joined
from plumbline.domain.verdict import Reason

PARAMETERS_A_CALL = 10
TYPES_A_CALL = 100
IMAGES_A_CALL = 100

# KMS says of a key in another account that it is not found, or that it may not be read.
_FOREIGN = frozenset({Reason.ACCESS_DENIED, Reason.NOT_FOUND_IN_LISTING})


def read_key(api: Api, arn: str) -> Section[aws.Key]:
    """Read the state of a key."""
    return _foreign(api, arn, api.one(plan.KEY, aws.Key, KeyId=arn))


def read_rotation(api: Api, arn: str) -> Section[aws.KeyRotation]:
    """Read whether a key rotates."""
    return _foreign(api, arn, api.one(plan.KEY_ROTATION, aws.KeyRotation, KeyId=arn))


def _foreign(api: Api, arn: str, answer: Section[Any]) -> Section[Any]:
    if isinstance(answer, NotCollected) and account_of(arn) != api.account and answer.reason in _FOREIGN:
        return NotCollected(Reason.FOREIGN_ACCOUNT, answer.detail, answer.at)
    return answer


class _Flag(msgspec.Struct):
    value: bool = msgspec.field(name="Value")


class _Support(msgspec.Struct):
    flag: _Flag = msgspec.field(name="EnableDnsSupport")


class _Hostnames(msgspec.Struct):
    flag: _Flag = msgspec.field(name="EnableDnsHostnames")


def read_vpc_attributes(api: Api, vpc: str) -> Section[ec2.VpcAttributes]:
    """Read whether a VPC resolves names and gives them out: one call for each attribute."""
    return joined(
        lambda support, hostnames: ec2.VpcAttributes(
            dns_support=support.flag.value, dns_hostnames=hostnames.flag.value
        ),
        api.one(plan.VPC_ATTRIBUTE, _Support, VpcId=vpc, Attribute="enableDnsSupport"),
        api.one(plan.VPC_ATTRIBUTE, _Hostnames, VpcId=vpc, Attribute="enableDnsHostnames"),
    )


def read_hooks(api: Api, group: str) -> Section[tuple[ec2.LifecycleHook, ...]]:
    """Read the lifecycle hooks of an Auto Scaling group."""
    return api.listing(plan.LIFECYCLE_HOOKS, ec2.LifecycleHook, AutoScalingGroupName=group)


class _Parameter(msgspec.Struct, rename="pascal"):
    name: str
    value: str


class _Parameters(msgspec.Struct, rename="pascal"):
    parameters: tuple[_Parameter, ...]


def read_parameters(api: Api, names: frozenset[str]) -> Section[dict[str, str]]:
    """Read public parameters; those that SSM does not know are absent."""
    read = api.batched(plan.PARAMETERS, _Parameters, names, PARAMETERS_A_CALL, lambda batch: {"Names": batch})
    return joined(lambda answers: {one.name: one.value for answer in answers for one in answer.parameters}, read)


def read_types(api: Api, types: frozenset[str]) -> Section[tuple[ec2.InstanceType, ...]]:
    """Read instance types; those that the region does not know are absent."""
    # By filter: a name that the region does not know would fail the call for all of them.
    return api.batched(
        plan.INSTANCE_TYPES,
        ec2.InstanceType,
        types,
        TYPES_A_CALL,
        lambda names: {"Filters": [{"Name": "instance-type", "Values": names}]},
    )


def read_images(api: Api, images: frozenset[str]) -> Section[tuple[ec2.Image, ...]]:
    """Read images; those that no longer exist are absent."""
    # By filter: an image that no longer exists would fail the call for all of them.
    return api.batched(
        plan.IMAGES,
        ec2.Image,
        images,
        IMAGES_A_CALL,
        lambda ids: {"Filters": [{"Name": "image-id", "Values": ids}], "IncludeDeprecated": True},
    )
