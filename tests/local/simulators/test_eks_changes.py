"""Changes through the EKS API: what they change, what they refuse, how long they take."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.conftest import Clock, InProcess


def test_logging_is_switched_type_by_type(aws: InProcess) -> None:
    eks = aws.client("eks")
    change = {"clusterLogging": [{"types": ["audit", "api"], "enabled": False}]}

    update = eks.update_cluster_config(name="payments-prod", logging=change)["update"]

    assert (update["type"], update["status"]) == ("LoggingUpdate", "InProgress")
    assert eks.describe_cluster(name="payments-prod")["cluster"]["logging"]["clusterLogging"] == [
        {"types": ["authenticator", "controllerManager", "scheduler"], "enabled": True},
        {"types": ["api", "audit"], "enabled": False},
    ]
    found = eks.describe_update(name="payments-prod", updateId=update["id"])["update"]
    assert found["status"] == "Successful"
    assert eks.list_updates(name="payments-prod")["updateIds"] == [update["id"]]


@pytest.mark.parametrize(
    ("change", "kind", "member", "value"),
    [
        ({"deletionProtection": False}, "DeletionProtectionUpdate", "deletionProtection", False),
        (
            {"upgradePolicy": {"supportType": "EXTENDED"}},
            "UpgradePolicyUpdate",
            "upgradePolicy",
            {"supportType": "EXTENDED"},
        ),
        (
            {"accessConfig": {"authenticationMode": "API"}},
            "AccessConfigUpdate",
            "accessConfig",
            {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        ),
    ],
)
def test_one_kind_of_setting_is_updated(
    aws: InProcess, change: dict[str, Any], kind: str, member: str, value: object
) -> None:
    eks = aws.client("eks")
    assert eks.update_cluster_config(name="payments-prod", **change)["update"]["type"] == kind
    assert eks.describe_cluster(name="payments-prod")["cluster"][member] == value


def test_the_endpoint_and_the_network_are_different_updates(aws: InProcess) -> None:
    eks = aws.client("eks")
    opened = eks.update_cluster_config(name="payments-prod", resourcesVpcConfig={"endpointPublicAccess": True})
    assert opened["update"]["type"] == "EndpointAccessUpdate"
    assert eks.describe_cluster(name="payments-prod")["cluster"]["resourcesVpcConfig"]["endpointPublicAccess"] is True
    moved = eks.update_cluster_config(name="payments-prod", resourcesVpcConfig={"securityGroupIds": ["sg-1"]})
    assert moved["update"]["type"] == "VpcConfigUpdate"


def test_two_kinds_in_one_request_are_refused(aws: InProcess) -> None:
    eks = aws.client("eks")
    with pytest.raises(eks.exceptions.InvalidParameterException):
        eks.update_cluster_config(
            name="payments-prod", deletionProtection=False, upgradePolicy={"supportType": "STANDARD"}
        )


def test_an_update_takes_its_time_and_refuses_a_second_one(aws: InProcess, clock: Clock) -> None:
    eks = aws.client("eks")
    aws.world.settle_seconds = 30

    eks.update_cluster_config(name="payments-prod", deletionProtection=False)

    assert eks.describe_cluster(name="payments-prod")["cluster"]["status"] == "UPDATING"
    with pytest.raises(eks.exceptions.ResourceInUseException):
        eks.update_cluster_config(name="payments-prod", deletionProtection=True)
    clock.pass_seconds(30)
    assert eks.describe_cluster(name="payments-prod")["cluster"]["status"] == "ACTIVE"


def test_the_version_goes_up_by_one_minor(aws: InProcess) -> None:
    eks = aws.client("eks")
    eks.update_cluster_version(name="payments-prod", version="1.35")
    assert eks.describe_cluster(name="payments-prod")["cluster"]["version"] == "1.35"
    with pytest.raises(eks.exceptions.InvalidParameterException):
        eks.update_cluster_version(name="ledger-prod", version="1.35")


def test_encryption_is_associated_once(aws: InProcess) -> None:
    eks = aws.client("eks", "333344445555")
    config = [{"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:eu-west-1:333344445555:key/1"}}]
    eks.associate_encryption_config(clusterName="shop-dev", encryptionConfig=config)
    assert eks.describe_cluster(name="shop-dev")["cluster"]["encryptionConfig"] == config
    with pytest.raises(eks.exceptions.InvalidParameterException):
        eks.associate_encryption_config(clusterName="shop-dev", encryptionConfig=config)


def test_a_node_group_lives_and_dies(aws: InProcess) -> None:
    eks = aws.client("eks")
    eks.create_nodegroup(
        clusterName="payments-prod", nodegroupName="new", subnets=["subnet-1"], nodeRole="arn:aws:iam::2:role/n"
    )
    eks.update_nodegroup_config(
        clusterName="payments-prod",
        nodegroupName="new",
        scalingConfig={"maxSize": 9},
        labels={"addOrUpdateLabels": {"tier": "web"}},
        taints={"addOrUpdateTaints": [{"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"}]},
    )
    group = eks.describe_nodegroup(clusterName="payments-prod", nodegroupName="new")["nodegroup"]
    assert group["scalingConfig"] == {"minSize": 1, "maxSize": 9, "desiredSize": 2}
    assert (group["labels"], group["taints"][0]["key"], group["version"]) == ({"tier": "web"}, "gpu", "1.34")
    eks.delete_nodegroup(clusterName="payments-prod", nodegroupName="new")
    assert "new" not in eks.list_nodegroups(clusterName="payments-prod")["nodegroups"]


def test_a_node_group_is_brought_to_the_recommended_release(aws: InProcess) -> None:
    eks = aws.client("eks")
    eks.update_nodegroup_version(clusterName="ledger-prod", nodegroupName="general", version="1.33")
    group = eks.describe_nodegroup(clusterName="ledger-prod", nodegroupName="general")["nodegroup"]
    assert (group["version"], group["releaseVersion"]) == ("1.33", "1.33.8-20261116")


def test_an_addon_is_installed_in_its_default_version(aws: InProcess) -> None:
    eks = aws.client("eks")
    eks.create_addon(clusterName="ledger-prod", addonName="aws-ebs-csi-driver")
    addon = eks.describe_addon(clusterName="ledger-prod", addonName="aws-ebs-csi-driver")["addon"]
    assert (addon["addonVersion"], addon["status"]) == ("v1.53.0-eksbuild.1", "ACTIVE")
    eks.update_addon(clusterName="ledger-prod", addonName="aws-ebs-csi-driver", addonVersion="v1.44.0-eksbuild.1")
    addon = eks.describe_addon(clusterName="ledger-prod", addonName="aws-ebs-csi-driver")["addon"]
    assert addon["addonVersion"] == "v1.44.0-eksbuild.1"
    eks.delete_addon(clusterName="ledger-prod", addonName="aws-ebs-csi-driver")
    assert "aws-ebs-csi-driver" not in eks.list_addons(clusterName="ledger-prod")["addons"]


def test_a_principal_enters_and_leaves(aws: InProcess) -> None:
    eks = aws.client("eks")
    who = {"clusterName": "payments-prod", "principalArn": "arn:aws:iam::222233334444:role/team/ops"}
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    eks.create_access_entry(**who, kubernetesGroups=["viewers"])
    eks.associate_access_policy(**who, policyArn=policy, accessScope={"type": "cluster"})
    assert eks.describe_access_entry(**who)["accessEntry"]["kubernetesGroups"] == ["viewers"]
    assert len(eks.list_associated_access_policies(**who)["associatedAccessPolicies"]) == 1
    eks.disassociate_access_policy(**who, policyArn=policy)
    assert eks.list_associated_access_policies(**who)["associatedAccessPolicies"] == []
    eks.delete_access_entry(**who)
    assert who["principalArn"] not in eks.list_access_entries(clusterName="payments-prod")["accessEntries"]


def test_one_pod_identity_for_each_service_account(aws: InProcess) -> None:
    eks = aws.client("eks")
    taken = {"clusterName": "payments-prod", "namespace": "payments", "serviceAccount": "webhook"}
    with pytest.raises(eks.exceptions.ResourceInUseException):
        eks.create_pod_identity_association(**taken, roleArn="arn:aws:iam::222233334444:role/other")


def test_a_fargate_profile_lives_and_dies(aws: InProcess) -> None:
    eks = aws.client("eks")
    name = {"clusterName": "payments-prod", "fargateProfileName": "jobs"}
    eks.create_fargate_profile(**name, podExecutionRoleArn="arn:aws:iam::2:role/p", selectors=[{"namespace": "jobs"}])
    assert eks.describe_fargate_profile(**name)["fargateProfile"]["status"] == "ACTIVE"
    eks.delete_fargate_profile(**name)
    assert eks.list_fargate_profiles(clusterName="payments-prod")["fargateProfileNames"] == []


def test_tags_of_any_resource_change(aws: InProcess) -> None:
    eks = aws.client("eks")
    group = eks.describe_nodegroup(clusterName="payments-prod", nodegroupName="general")["nodegroup"]
    eks.tag_resource(resourceArn=group["nodegroupArn"], tags={"wa-fixed-size": "true"})
    eks.untag_resource(resourceArn=group["nodegroupArn"], tagKeys=["owner"])
    tags = eks.list_tags_for_resource(resourceArn=group["nodegroupArn"])["tags"]
    assert (tags["wa-fixed-size"], "owner" in tags) == ("true", False)


def test_a_protected_cluster_and_one_with_nodes_stay(aws: InProcess) -> None:
    eks = aws.client("eks")
    with pytest.raises(eks.exceptions.ResourceInUseException):
        eks.delete_cluster(name="payments-prod")
    for group in ("general", "batch-spot"):
        eks.delete_nodegroup(clusterName="payments-prod", nodegroupName=group)
    with pytest.raises(eks.exceptions.InvalidRequestException):
        eks.delete_cluster(name="payments-prod")
    eks.update_cluster_config(name="payments-prod", deletionProtection=False)
    eks.delete_cluster(name="payments-prod")
    assert "payments-prod" not in eks.list_clusters()["clusters"]
