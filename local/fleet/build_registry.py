"""The image registry and the GuardDuty detector of a region."""

from __future__ import annotations

import datetime as dt
import json

from local.fleet.manifest import Detector, Region, Repository
from local.simulators.world import Place, Row, identifier

# An account outside the organization.
_STRANGER = "999988887777"
_PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
_PUSH = ["ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"]


def build_registry(place: Place, region: Region, organization: str, now: dt.datetime) -> None:
    """Fills `place` with the repositories of `region` and how they are scanned."""
    place.registry_scanning = {
        "scanType": "BASIC",
        "rules": [
            {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": one, "filterType": "WILDCARD"}]}
            for one in region.scanned
        ],
    }
    for repository in region.repositories:
        place.repositories[repository.name] = _repository(place, repository, organization, now)


def _repository(place: Place, repository: Repository, organization: str, now: dt.datetime) -> Row:
    row: Row = {
        "repositoryName": repository.name,
        "repositoryArn": place.arn("ecr", f"repository/{repository.name}"),
        "repositoryUri": f"{place.account}.dkr.ecr.{place.region}.amazonaws.com/{repository.name}",
        "registryId": place.account,
        "createdAt": now - dt.timedelta(days=300),
        "imageTagMutability": repository.mutability,
        "imageScanningConfiguration": {"scanOnPush": repository.scan_on_push},
        "encryptionConfiguration": {"encryptionType": "AES256"},
    }
    if repository.mutable_tags:
        filters = [{"filterType": "WILDCARD", "filter": one} for one in repository.mutable_tags]
        row["imageTagMutabilityExclusionFilters"] = filters
    if repository.policy:
        row["_policy"] = _policy(repository.policy, organization)
    if repository.expires:
        row["_lifecycle_policy"] = _lifecycle_policy()
    return row


def _policy(kind: str, organization: str) -> str:
    statement: Row = {"Sid": kind, "Effect": "Allow", "Principal": "*", "Action": _PULL}
    if kind == "organization":
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": organization}}
    elif kind == "foreign-push":
        statement.update(Principal={"AWS": f"arn:aws:iam::{_STRANGER}:root"}, Action=[*_PULL, *_PUSH])
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _lifecycle_policy() -> str:
    selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 30}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


def build_detector(place: Place, detector: Detector | None, now: dt.datetime) -> None:
    """Adds the detector of the region, if it has one."""
    if detector is None:
        return
    own = identifier("detector", place.account, place.region).removeprefix("detector-") * 2
    created = now - dt.timedelta(days=300)
    features = {
        "CLOUD_TRAIL": True,
        "DNS_LOGS": True,
        "FLOW_LOGS": True,
        "EKS_AUDIT_LOGS": detector.audit_logs,
        "RUNTIME_MONITORING": detector.runtime,
    }
    place.detectors[own[:32]] = {
        "CreatedAt": f"{created:%Y-%m-%dT%H:%M:%S.000Z}",
        "UpdatedAt": f"{created:%Y-%m-%dT%H:%M:%S.000Z}",
        "FindingPublishingFrequency": "SIX_HOURS",
        "ServiceRole": f"arn:aws:iam::{place.account}:role/aws-service-role/guardduty.amazonaws.com/"
        "AWSServiceRoleForAmazonGuardDuty",
        "Status": "ENABLED" if detector.enabled else "DISABLED",
        "Features": [
            {"Name": name, "Status": "ENABLED" if is_on else "DISABLED", "UpdatedAt": created}
            for name, is_on in features.items()
        ],
        "Tags": {},
    }
