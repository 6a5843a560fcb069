"""What one region of one account holds besides clusters."""

from __future__ import annotations

import datetime as dt

from local.fleet.build_network import build_vpc
from local.fleet.build_registry import build_detector, build_registry
from local.fleet.manifest import Key, Organization, Region, Trail
from local.fleet.names import key_arn
from local.simulators.world import Place, Row


def build_region(place: Place, region: Region, organization: Organization, now: dt.datetime) -> None:
    """Fills `place` with what `region` says, without clusters."""
    place.ebs_encryption_by_default = region.ebs_encryption_by_default
    if region.metadata_defaults:
        place.metadata_defaults = {
            "HttpTokens": region.metadata_defaults.tokens,
            "HttpPutResponseHopLimit": region.metadata_defaults.hops,
            "ManagedBy": "account",
        }
    for vpc in region.vpcs:
        build_vpc(place, vpc, now)
    for key in region.keys:
        row = _key(place, key, now)
        place.keys[row["Arn"]] = row
    place.trails = [_trail(place, trail, now) for trail in region.trails]
    place.quotas = [
        _quota(place, name, quota.code, region.quotas.get(name, quota.value))
        for name, quota in organization.quotas.items()
    ]
    build_detector(place, region.detector, now)
    build_registry(place, region, organization.id, now)


def _key(place: Place, key: Key, now: dt.datetime) -> Row:
    arn = key_arn(place, key.name)
    return {
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


def _quota(place: Place, name: str, code: str, value: float) -> Row:
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
