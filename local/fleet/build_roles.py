"""IAM roles: of people, clusters, nodes, Fargate and pods, with their trust policies."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from local.fleet.cluster_manifest import Cluster, PodIdentity, ServiceAccountRole
from local.fleet.names import READER_ROLE, issuer, node_profile_arn, provider_arn, role_arn
from local.simulators.world import Row, identifier

_AUTO_MODE_POLICIES = (
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)


@dataclass(frozen=True)
class Roles:
    """Makes the roles of one account, created before `now`."""

    account: str
    now: dt.datetime

    def of_person(self, name: str) -> Row:
        """A role that people assume through the account."""
        trust = _trust({"AWS": f"arn:aws:iam::{self.account}:root"}, "sts:AssumeRole")
        return self._role(name, trust, ("PowerUserAccess",))

    def of_reader(self) -> Row:
        """The role that Plumbline's stacks make in every account; what it may do is the emulator's to know."""
        trust = _trust({"AWS": f"arn:aws:iam::{self.account}:root"}, "sts:AssumeRole")
        return self._role(READER_ROLE, trust, ())

    def of_cluster(self, cluster: Cluster) -> Iterator[Row]:
        """The roles that a cluster, its nodes, its Fargate pods and its workloads use."""
        actions = ("sts:AssumeRole", "sts:TagSession") if cluster.auto_mode else ("sts:AssumeRole",)
        policies = (*cluster.cluster_policies, *(_AUTO_MODE_POLICIES if cluster.auto_mode else ()))
        yield self._role(f"{cluster.name}-cluster", _trust({"Service": "eks.amazonaws.com"}, *actions), policies)
        yield self._of_nodes(cluster)
        if cluster.fargate_profiles and cluster.fargate_role:
            yield self._of_fargate(cluster)
        for identity in cluster.pod_identities:
            yield self._of_pods(cluster, identity)
        for irsa in cluster.service_account_roles:
            yield self._of_service_account(cluster, irsa)

    def _of_nodes(self, cluster: Cluster) -> Row:
        trust = _trust({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole")
        row = self._role(f"{cluster.name}-node", trust, cluster.node_policies)
        profile = {
            "Path": "/",
            "InstanceProfileName": row["RoleName"],
            "InstanceProfileId": identifier("AIPA", self.account, cluster.name).replace("-", "").upper(),
            "Arn": node_profile_arn(self.account, cluster.name),
            "CreateDate": row["CreateDate"],
            "Roles": [],
        }
        return {**row, "InstanceProfileList": [profile]}

    def _of_fargate(self, cluster: Cluster) -> Row:
        profiles = f"arn:aws:eks:{cluster.region}:{self.account}:fargateprofile/{cluster.name}/*"
        condition = {"ArnLike": {"aws:SourceArn": profiles}} if cluster.fargate_role == "bound" else None
        trust = _trust({"Service": "eks-fargate-pods.amazonaws.com"}, "sts:AssumeRole", condition=condition)
        return self._role(f"{cluster.name}-fargate", trust, ("AmazonEKSFargatePodExecutionRolePolicy",))

    def _of_pods(self, cluster: Cluster, identity: PodIdentity) -> Row:
        own = f"arn:aws:eks:{cluster.region}:{self.account}:cluster/{cluster.name}"
        condition = {
            "StringEquals": {"aws:SourceAccount": self.account},
            "ArnEquals": {"aws:SourceArn": own},
        }
        trust = _trust(
            {"Service": "pods.eks.amazonaws.com"},
            "sts:AssumeRole",
            "sts:TagSession",
            condition=condition if identity.bound else None,
        )
        return self._role(identity.role, trust, ())

    def _of_service_account(self, cluster: Cluster, irsa: ServiceAccountRole) -> Row:
        own = issuer(self.account, cluster.region, cluster.name)
        conditions: Row = {}
        if irsa.subject:
            test = "StringLike" if "*" in irsa.subject else "StringEquals"
            conditions[test] = {f"{own}:sub": f"system:serviceaccount:{irsa.subject}"}
        if irsa.audience:
            conditions.setdefault("StringEquals", {})[f"{own}:aud"] = "sts.amazonaws.com"
        provider = {"Federated": provider_arn(self.account, own)}
        trust = _trust(provider, "sts:AssumeRoleWithWebIdentity", condition=conditions or None)
        return self._role(irsa.role, trust, ())

    def _role(self, name: str, trust: Row, policies: Iterable[str]) -> Row:
        return {
            "Path": "/",
            "RoleName": name,
            "RoleId": identifier("AROA", self.account, name).replace("-", "").upper(),
            "Arn": role_arn(self.account, name),
            "CreateDate": self.now - dt.timedelta(days=400),
            "AssumeRolePolicyDocument": quote(json.dumps(trust)),
            "InstanceProfileList": [],
            "RolePolicyList": [],
            "AttachedManagedPolicies": [
                {"PolicyName": policy, "PolicyArn": f"arn:aws:iam::aws:policy/{policy}"} for policy in policies
            ],
            "Tags": [],
        }


def _trust(principal: dict[str, str], *actions: str, condition: Row | None = None) -> Row:
    statement: Row = {"Effect": "Allow", "Principal": principal, "Action": list(actions)}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}
