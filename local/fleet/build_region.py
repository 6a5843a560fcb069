"""Networks, keys, trails, quotas and defaults of one region of one account."""

from __future__ import annotations

import datetime as dt

from local.fleet.manifest import Region, Trail, Vpc
from local.simulators.world import Place, Row, identifier


def build_region(place: Place, region: Region, quotas: dict[str, float], now: dt.datetime) -> None:
    """Fills `place` with what `region` says, without clusters."""
    place.ebs_encryption_by_default = region.ebs_encryption_by_default
    if region.metadata_defaults:
        place.metadata_defaults = {
            "HttpTokens": region.metadata_defaults.tokens,
            "HttpPutResponseHopLimit": region.metadata_defaults.hops,
            "ManagedBy": "account",
        }
    for vpc in region.vpcs:
        _build_vpc(place, vpc, now)
    for key in region.keys:
        arn = key_arn(place, key.name)
        place.keys[arn] = {
            "AWSAccountId": place.account,
            "KeyId": arn.rpartition("/")[2],
            "Arn": arn,
            "CreationDate": now - dt.timedelta(days=400),
            "Description": key.name,
            "Enabled": key.state == "Enabled",
            "KeyManager": "CUSTOMER",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyState": key.state,
            "KeyUsage": "ENCRYPT_DECRYPT",
            "MultiRegion": False,
            "Origin": "AWS_KMS",
            "DeletionDate": now + dt.timedelta(days=12) if key.state == "PendingDeletion" else None,
            "_rotation_days": key.rotation_days,
            "_shared": key.shared,
        }
    place.trails = [_trail(place, trail, now) for trail in region.trails]
    place.quotas = [_quota(place, name, value) for name, value in {**quotas, **region.quotas}.items()]


def key_arn(place: Place, name: str) -> str:
    """The ARN of the key of this name in an account and region."""
    digits = identifier("key", place.account, place.region, name).removeprefix("key-") + "0" * 15
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32])
    return place.arn("kms", f"key/{'-'.join(parts)}")


def vpc_id(place: Place, vpc: str) -> str:
    """The id of the VPC of this name."""
    return identifier("vpc", place.account, place.region, vpc)


def subnet_id(place: Place, vpc: str, zone: str, *, is_public: bool) -> str:
    """The id of the private or public subnet of a VPC in a zone."""
    kind = "public" if is_public else "private"
    return identifier("subnet", place.account, place.region, vpc, kind, zone)


def _build_vpc(place: Place, vpc: Vpc, now: dt.datetime) -> None:
    own = vpc_id(place, vpc.name)
    place.vpcs.append(
        {
            "VpcId": own,
            "OwnerId": place.account,
            "CidrBlock": "10.0.0.0/16",
            "State": "available",
            "IsDefault": False,
            "Tags": [{"Key": "Name", "Value": vpc.name}],
        }
    )
    for is_public in (False, True):
        subnets = [_subnet(place, vpc, zone, number, is_public) for number, zone in enumerate(vpc.zones)]
        place.subnets += subnets
        place.route_tables.append(_route_table(place, vpc, subnets, is_public))
    if vpc.flow_log:
        place.flow_logs.append(
            {
                "FlowLogId": identifier("fl", own),
                "ResourceId": own,
                "FlowLogStatus": "ACTIVE",
                "DeliverLogsStatus": vpc.flow_log.delivery,
                "TrafficType": vpc.flow_log.traffic,
                "LogDestinationType": "cloud-watch-logs",
                "LogGroupName": f"/vpc/{vpc.name}",
                "CreationTime": now - dt.timedelta(days=300),
            }
        )


def _subnet(place: Place, vpc: Vpc, zone: str, number: int, is_public: bool) -> Row:  # noqa: FBT001
    return {
        "SubnetId": subnet_id(place, vpc.name, zone, is_public=is_public),
        "VpcId": vpc_id(place, vpc.name),
        "OwnerId": place.account,
        "AvailabilityZone": f"{place.region}{zone}",
        "AvailabilityZoneId": f"{place.region}-az{number + 1}",
        "AvailableIpAddressCount": 3900,
        "CidrBlock": f"10.0.{number * 16 + (128 if is_public else 0)}.0/20",
        "MapPublicIpOnLaunch": is_public,
        "State": "available",
        "Tags": [{"Key": "Name", "Value": f"{vpc.name}-{'public' if is_public else 'private'}-{zone}"}],
    }


def _route_table(place: Place, vpc: Vpc, subnets: list[Row], is_public: bool) -> Row:  # noqa: FBT001
    own = identifier("rtb", place.account, place.region, vpc.name, str(is_public))
    way_out = {"GatewayId": identifier("igw", own)} if is_public else {"NatGatewayId": identifier("nat", own)}
    return {
        "RouteTableId": own,
        "VpcId": vpc_id(place, vpc.name),
        "OwnerId": place.account,
        "Associations": [
            {
                "RouteTableAssociationId": identifier("rtbassoc", subnet["SubnetId"]),
                "RouteTableId": own,
                "SubnetId": subnet["SubnetId"],
                "Main": False,
            }
            for subnet in subnets
        ],
        "Routes": [
            {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
            {"DestinationCidrBlock": "0.0.0.0/0", **way_out, "State": "active"},
        ],
        "Tags": [],
    }


def _trail(place: Place, trail: Trail, now: dt.datetime) -> Row:
    status: Row = {"IsLogging": trail.is_logging, "LatestDeliveryTime": now - dt.timedelta(minutes=4)}
    if trail.delivery_error:
        status["LatestDeliveryError"] = trail.delivery_error
    selector: Row = {
        "ReadWriteType": trail.management_events or "All",
        "IncludeManagementEvents": trail.management_events is not None,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    }
    return {
        "trail": {
            "Name": trail.name,
            "TrailARN": place.arn("cloudtrail", f"trail/{trail.name}"),
            "HomeRegion": place.region,
            "S3BucketName": f"trail-{place.account}",
            "IncludeGlobalServiceEvents": True,
            "IsMultiRegionTrail": trail.multi_region,
            "IsOrganizationTrail": False,
            "LogFileValidationEnabled": trail.validation,
            "HasCustomEventSelectors": True,
            "HasInsightSelectors": False,
            "KmsKeyId": key_arn(place, trail.name) if trail.encrypted else None,
        },
        "status": status,
        "selectors": [selector],
    }


def _quota(place: Place, name: str, value: float) -> Row:
    code = f"L-{identifier('q', name).removeprefix('q-')[:8].upper()}"
    return {
        "ServiceCode": "eks",
        "ServiceName": "Amazon Elastic Kubernetes Service (Amazon EKS)",
        "QuotaArn": place.arn("servicequotas", f"eks/{code}"),
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
