"""What an account keeps beside its clusters: keys, log groups and trails."""

from benchmarks.fleet.calls import Answer, Call, Paging, page
from benchmarks.fleet.errors import AwsError
from benchmarks.fleet.traits import Key

_LOGS = Paging("nextToken", "limit", 50, 50, "InvalidParameterException")


def describe_key(call: Call) -> Answer:
    """`kms:DescribeKey`."""
    key = _key(call)
    gone = {"DeletionDate": call.world.catalogue.at(20)} if key.state == "PendingDeletion" else {}
    metadata = {
        "AWSAccountId": call.place.account,
        "KeyId": key.arn.rpartition("/")[2],
        "Arn": key.arn,
        "Enabled": key.state == "Enabled",
        "KeyState": key.state,
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        **gone,
    }
    return {"KeyMetadata": metadata}


def get_key_rotation_status(call: Call) -> Answer:
    """`kms:GetKeyRotationStatus`."""
    key = _key(call)
    return {
        "KeyId": key.arn,
        "KeyRotationEnabled": key.rotates,
        **({"RotationPeriodInDays": 365} if key.rotates else {}),
    }


def _key(call: Call) -> Key:
    arn = call.parameters["KeyId"]
    key = call.world.key_of(call.place, arn)
    if key is None:
        raise AwsError("NotFoundException", f"Key '{arn}' does not exist")
    return key


def describe_log_groups(call: Call) -> Answer:
    """`logs:DescribeLogGroups`: those of control planes."""
    clusters = (call.world.cluster(call.place, number) for number in range(call.world.cluster_count(call.place)))
    groups = [
        {
            "logGroupName": f"/aws/eks/{cluster.name}/cluster",
            "creationTime": int(call.world.catalogue.at(-300) * 1000),
            "storedBytes": 1 << 30,
            **({"retentionInDays": cluster.log_retention} if cluster.log_retention else {}),
        }
        for cluster in clusters
        if cluster.log_types and cluster.log_retention is not None
    ]
    found, token = page(call, groups, _LOGS)
    return {"logGroups": list(found), **({"nextToken": token} if token else {})}


def describe_trails(call: Call) -> Answer:
    """`cloudtrail:DescribeTrails`: one for all regions."""
    region, account = call.world.options.regions[0], call.place.account
    trail = {
        "Name": "management",
        "TrailARN": f"arn:aws:cloudtrail:{region}:{account}:trail/management",
        "S3BucketName": "trails",
        "IsMultiRegionTrail": True,
        "IsOrganizationTrail": False,
        "HomeRegion": region,
        "LogFileValidationEnabled": True,
    }
    if call.world.settings(call.place).trail_encrypted:
        trail["KmsKeyId"] = f"arn:aws:kms:{region}:{account}:key/{call.world.draws.identifier('trail key', account)}"
    return {"trailList": [trail]}


def get_trail_status(_: Call) -> Answer:
    """`cloudtrail:GetTrailStatus`."""
    return {"IsLogging": True}


def get_event_selectors(call: Call) -> Answer:
    """`cloudtrail:GetEventSelectors`."""
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
    return {"TrailARN": call.parameters["TrailName"], "EventSelectors": [selector]}
