"""Instances, launch templates, images, volumes and their defaults: the EC2 reads of the evidence plan."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.ec2.filters import matching, with_ids
from local.simulators.errors import AwsError
from local.simulators.world import Row


@simulates("ec2", "DescribeInstances")
def describe_instances(call: Call) -> dict[str, Any]:
    """Instances by id or filter, each in a reservation of its own."""
    asked = call.params.get("InstanceIds")
    rows = with_ids(call.place.instances, asked, "InstanceId", "InvalidInstanceID.NotFound")
    fields = {"instance-state-name": "State.Name", "vpc-id": "VpcId", "subnet-id": "SubnetId"}
    found = matching(rows, call.params.get("Filters", ()), fields)
    return {"Reservations": [_reservation(call, row) for row in found]}


def _reservation(call: Call, instance: Row) -> Row:
    return {
        "ReservationId": f"r-{instance['InstanceId'].removeprefix('i-')}",
        "OwnerId": call.place.account,
        "Groups": [],
        "Instances": [instance],
    }


@simulates("ec2", "DescribeLaunchTemplateVersions")
def describe_launch_template_versions(call: Call) -> dict[str, Any]:
    """Versions of one template, or $Latest and $Default of all templates."""
    params, rows = call.params, call.place.launch_template_versions
    wanted = params.get("Versions", [])
    if not ({"LaunchTemplateId", "LaunchTemplateName"} & set(params)):
        if not wanted or not set(wanted) <= {"$Latest", "$Default"}:
            message = "Without a launch template only the versions $Latest and $Default can be described."
            raise AwsError("MissingParameter", message)
        return {"LaunchTemplateVersions": [row for row in rows if _is_asked(row, wanted, rows)]}
    own = [row for row in rows if is_template(row, params)]
    if not own:
        raise AwsError("InvalidLaunchTemplateId.NotFound", "The launch template does not exist.")
    numbers = {str(row["VersionNumber"]) for row in own}
    unknown = [version for version in wanted if not version.startswith("$") and version not in numbers]
    if unknown:
        raise AwsError("InvalidLaunchTemplateId.VersionNotFound", f"No versions {', '.join(unknown)}")
    return {"LaunchTemplateVersions": [row for row in own if not wanted or _is_asked(row, wanted, rows)]}


def is_template(row: Row, params: Row) -> bool:
    """Whether a version belongs to the template that the parameters name."""
    return params.get("LaunchTemplateId", params.get("LaunchTemplateName")) in (
        row["LaunchTemplateId"],
        row["LaunchTemplateName"],
    )


def _is_asked(row: Row, wanted: list[str], rows: list[Row]) -> bool:
    newest = max(one["VersionNumber"] for one in rows if one["LaunchTemplateId"] == row["LaunchTemplateId"])
    return (
        str(row["VersionNumber"]) in wanted
        or ("$Latest" in wanted and row["VersionNumber"] == newest)
        or ("$Default" in wanted and row["DefaultVersion"])
    )


@simulates("ec2", "DescribeImages")
def describe_images(call: Call) -> dict[str, Any]:
    """Images by id; deprecated ones only when asked for."""
    rows = with_ids(call.place.images, call.params.get("ImageIds"), "ImageId", "InvalidAMIID.NotFound")
    if not call.params.get("IncludeDeprecated") and not call.params.get("ImageIds"):
        now = call.world.clock().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        rows = [row for row in rows if row.get("DeprecationTime", now) >= now]
    return {"Images": matching(rows, call.params.get("Filters", ()), {"name": "Name", "image-id": "ImageId"})}


@simulates("ec2", "DescribeInstanceTypes")
def describe_instance_types(call: Call) -> dict[str, Any]:
    """Facts of instance types by name or filter."""
    known = call.world.catalogue.instance_types
    rows = with_ids(known, call.params.get("InstanceTypes"), "InstanceType", "InvalidInstanceType")
    fields = {"instance-type": "InstanceType", "current-generation": "CurrentGeneration"}
    return {"InstanceTypes": matching(rows, call.params.get("Filters", ()), fields)}


@simulates("ec2", "DescribeVolumes")
def describe_volumes(call: Call) -> dict[str, Any]:
    """Volumes by id or filter."""
    rows = with_ids(call.place.volumes, call.params.get("VolumeIds"), "VolumeId", "InvalidVolume.NotFound")
    return {"Volumes": matching(rows, call.params.get("Filters", ()), {"encrypted": "Encrypted"})}


@simulates("ec2", "GetEbsEncryptionByDefault")
def get_ebs_encryption_by_default(call: Call) -> dict[str, Any]:
    """Whether new volumes of the region are encrypted."""
    is_on = call.place.ebs_encryption_by_default
    return {"EbsEncryptionByDefault": is_on, "SseType": "sse-ebs" if is_on else "none"}


@simulates("ec2", "GetInstanceMetadataDefaults")
def get_instance_metadata_defaults(call: Call) -> dict[str, Any]:
    """The account's defaults for the instance metadata service in the region."""
    return {"AccountLevel": call.place.metadata_defaults}
