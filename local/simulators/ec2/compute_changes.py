"""Changes of launch templates and of the region's defaults."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.ec2.compute import is_template
from local.simulators.errors import AwsError
from local.simulators.world import Row

_METADATA = ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags")
# How the API writes "no preference".
_NOTHING = ("no-preference", -1)


@simulates("ec2", "EnableEbsEncryptionByDefault", "DisableEbsEncryptionByDefault")
def switch_ebs_encryption_by_default(call: Call) -> dict[str, Any]:
    """Whether new volumes of the region are encrypted."""
    call.place.ebs_encryption_by_default = call.operation.startswith("Enable")
    return {"EbsEncryptionByDefault": call.place.ebs_encryption_by_default}


@simulates("ec2", "ModifyInstanceMetadataDefaults")
def modify_instance_metadata_defaults(call: Call) -> dict[str, Any]:
    """The region's defaults for the instance metadata service, those that are named."""
    for name in _METADATA:
        if name in call.params:
            call.place.metadata_defaults[name] = call.params[name]
        if call.place.metadata_defaults.get(name) in _NOTHING:
            del call.place.metadata_defaults[name]
    call.place.metadata_defaults["ManagedBy"] = "account"
    return {"Return": True}


def _versions(call: Call) -> list[Row]:
    own = [row for row in call.place.launch_template_versions if is_template(row, call.params)]
    if not own:
        raise AwsError("InvalidLaunchTemplateId.NotFound", "The launch template does not exist.")
    return own


def _numbered(versions: list[Row], number: str) -> Row:
    for row in versions:
        if str(row["VersionNumber"]) == number:
            return row
    raise AwsError("InvalidLaunchTemplateId.VersionNotFound", f"Could not find version {number}")


@simulates("ec2", "CreateLaunchTemplateVersion")
def create_launch_template_version(call: Call) -> dict[str, Any]:
    """A further version, out of a source version and what the request changes of it."""
    own = _versions(call)
    source = (
        _numbered(own, call.params["SourceVersion"])["LaunchTemplateData"] if "SourceVersion" in call.params else {}
    )
    new = {
        **own[-1],
        "VersionNumber": max(row["VersionNumber"] for row in own) + 1,
        "DefaultVersion": False,
        "CreateTime": call.world.clock(),
        "CreatedBy": call.caller.arn,
        "LaunchTemplateData": {**source, **call.params["LaunchTemplateData"]},
    }
    call.place.launch_template_versions.append(new)
    return {"LaunchTemplateVersion": new}


@simulates("ec2", "ModifyLaunchTemplate")
def modify_launch_template(call: Call) -> dict[str, Any]:
    """Another default version."""
    own = _versions(call)
    default = _numbered(own, call.params["DefaultVersion"])
    for row in own:
        row["DefaultVersion"] = row is default
    return {
        "LaunchTemplate": {
            "LaunchTemplateId": default["LaunchTemplateId"],
            "LaunchTemplateName": default["LaunchTemplateName"],
            "DefaultVersionNumber": default["VersionNumber"],
            "LatestVersionNumber": max(row["VersionNumber"] for row in own),
        }
    }
