"""GuardDuty and ECR: one detector and some repositories in each region."""

import json
from collections.abc import Mapping

from benchmarks.fleet.calls import Answer, Call, Operation
from benchmarks.fleet.errors import AwsError

DETECTOR = "12abc34d567e8fa901bc2d34e56789f0"
_REPOSITORIES = 5


def _list_detectors(_: Call) -> Answer:
    return {"detectorIds": [DETECTOR]}


def _get_detector(call: Call) -> Answer:
    if call.parameters["detector"] != DETECTOR:
        raise AwsError("BadRequestException", "The input detectorId is not owned by the current account.")
    features = [{"name": name, "status": "ENABLED"} for name in ("EKS_AUDIT_LOGS", "RUNTIME_MONITORING")]
    return {"status": "ENABLED", "serviceRole": "r", "createdAt": "2020-01-01T00:00:00Z", "features": features}


ROUTES: Mapping[tuple[str, str], tuple[str, Operation]] = {
    ("GET", "detector"): ("ListDetectors", _list_detectors),
    ("GET", "detector/{detector}"): ("GetDetector", _get_detector),
}


def describe_repositories(call: Call) -> Answer:
    """`ecr:DescribeRepositories`."""
    place = call.place
    repositories = [
        {
            "repositoryName": name,
            "repositoryArn": f"arn:aws:ecr:{place.region}:{place.account}:repository/{name}",
            "repositoryUri": f"{place.account}.dkr.ecr.{place.region}.amazonaws.com/{name}",
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
        }
        for name in (f"team/app-{number}" for number in range(_REPOSITORIES))
    ]
    return {"repositories": repositories}


def get_registry_scanning_configuration(call: Call) -> Answer:
    """`ecr:GetRegistryScanningConfiguration`."""
    return {"registryId": call.place.account, "scanningConfiguration": {"scanType": "BASIC", "rules": []}}


def get_repository_policy(call: Call) -> Answer:
    """`ecr:GetRepositoryPolicy`: the own account may pull."""
    principal = {"AWS": f"arn:aws:iam::{call.place.account}:root"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "ecr:BatchGetImage"}
    return {"policyText": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def get_lifecycle_policy(_: Call) -> Answer:
    """`ecr:GetLifecyclePolicy`: old images go."""
    return {"lifecyclePolicyText": json.dumps({"rules": [{"rulePriority": 1, "action": {"type": "expire"}}]})}
