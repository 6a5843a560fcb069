"""Launch templates of the node groups: the customer's own, and the one that EKS generates for each group."""

from collections.abc import Iterator, Sequence

from benchmarks.fleet.calls import Answer, Call, Paging, listed, page
from benchmarks.fleet.errors import AwsError
from benchmarks.fleet.names import role_arn
from benchmarks.fleet.services.owners import CUSTOMERS, GENERATED, Owner, metadata_options, owners, template_id
from benchmarks.fleet.traits import NodeGroup

_PAGING = Paging("NextToken", "MaxResults", 200, 200, "InvalidNextToken")


def describe_launch_template_versions(call: Call) -> Answer:
    """`ec2:DescribeLaunchTemplateVersions`, of one template or the newest and default ones of all."""
    wanted = listed(call.parameters, "LaunchTemplateVersion")
    template = call.parameters.get("LaunchTemplateId")
    if not template and not set(wanted) <= {"$Latest", "$Default"}:
        raise AwsError("MissingParameter", "Name a launch template, or ask for $Latest and $Default versions only")
    chosen = [_template_owner(call, template)] if template else _templates(call)
    versions = [(*owner, number) for owner in chosen for number in _numbers(owner[0].group, owner[1], wanted)]
    found, token = page(call, versions, _PAGING)
    return {"launchTemplateVersionSet": [_template_version(call, *version) for version in found], "nextToken": token}


def _templates(call: Call) -> Iterator[tuple[Owner, int]]:
    for owner in owners(call):
        if owner.group.template:
            yield owner, CUSTOMERS
        yield owner, GENERATED


def _template_owner(call: Call, template: str) -> tuple[Owner, int]:
    cluster, part = call.names.opened(template, call.place, "LaunchTemplateId")
    kind, number = part & GENERATED, part & ~GENERATED
    if cluster < call.world.cluster_count(call.place) and number < call.world.options.nodegroups:
        owner = Owner(call.world.cluster(call.place, cluster), call.world.group(call.place, cluster, number))
        if kind == GENERATED or owner.group.template:
            return owner, kind
    raise AwsError("InvalidLaunchTemplateId.NotFound", f"The launch template {template} does not exist.")


def _numbers(group: NodeGroup, kind: int, wanted: Sequence[str]) -> list[int]:
    newest, default = (group.template.newest, group.template.default) if group.template and not kind else (1, 1)
    numbers = {newest if want == "$Latest" else (default if want == "$Default" else int(want)) for want in wanted}
    if not wanted:
        numbers = set(range(1, newest + 1))
    if not all(1 <= number <= newest for number in numbers):
        raise AwsError("InvalidLaunchTemplateId.VersionNotFound", "Could not find the launch template version")
    return sorted(numbers)


def _template_version(call: Call, owner: Owner, kind: int, number: int) -> Answer:
    cluster, group = owner
    _, default = (group.template.newest, group.template.default) if group.template and not kind else (1, 1)
    return {
        "launchTemplateId": template_id(call, owner, kind),
        "launchTemplateName": f"{'eks' if kind else 'lt'}-{cluster.name}-{group.name}",
        "versionNumber": number,
        "createTime": call.world.catalogue.timestamp(-400 + 20 * number),
        "createdBy": role_arn(call.place.account, "ci-deployer"),
        "defaultVersion": number == default,
        "launchTemplateData": {**_template_data(call, owner), **_image(call, owner, kind)},
    }


def _image(call: Call, owner: Owner, kind: int) -> Answer:
    """Return the image of a template: EKS's own names the one that the nodes run."""
    return {"imageId": call.names.id("ami", call.place, owner.group.release)} if kind == GENERATED else {}


def _template_data(call: Call, owner: Owner) -> Answer:
    cluster, group = owner
    data: Answer = {
        "ebsOptimized": True,
        "blockDeviceMappingSet": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {"encrypted": group.encrypted, "deleteOnTermination": True, "volumeType": "gp3"},
            }
        ],
        "instanceType": group.instance_type.name,
        "metadataOptions": metadata_options(group),
        "userData": "IyEvYmluL2Jhc2gK" * 20,
    }
    if group.public_address:
        data["networkInterfaceSet"] = [{"associatePublicIpAddress": True, "deviceIndex": 0}]
    else:
        data["securityGroupIdSet"] = [call.names.id("sg", call.place, cluster.index, 2)]
    return data
