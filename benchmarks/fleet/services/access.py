"""Who reaches the clusters: access entries, pod identities, identity providers; and what EKS runs for them."""

from collections.abc import Mapping

from benchmarks.fleet.calls import Answer, Call, Operation, listing
from benchmarks.fleet.errors import AwsError
from benchmarks.fleet.names import node_role_name, role_arn
from benchmarks.fleet.services.eks import cluster_of, not_found
from benchmarks.fleet.traits import Cluster

ADMINISTRATOR = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_WITHOUT_ENTRIES = "CONFIG_MAP"


def _open_cluster(call: Call) -> Cluster:
    cluster = cluster_of(call)
    if cluster.authentication == _WITHOUT_ENTRIES:
        raise AwsError("InvalidRequestException", "The authentication mode must be API or API_AND_CONFIG_MAP.")
    return cluster


def _administrators(call: Call) -> list[str]:
    return [role_arn(call.place.account, name) for name in ("platform-admin", "break-glass")]


def _list_access_entries(call: Call) -> Answer:
    cluster = _open_cluster(call)
    nodes = [role_arn(call.place.account, node_role_name(call.place, cluster.name))]
    return listing(
        call,
        "accessEntries",
        _administrators(call) + ([] if call.parameters.get("associatedPolicyArn") == ADMINISTRATOR else nodes),
    )


def _list_associated_access_policies(call: Call) -> Answer:
    _open_cluster(call)
    if call.parameters["part"] not in _administrators(call):
        raise not_found("access entry")
    policy = {"policyArn": ADMINISTRATOR, "accessScope": {"type": "cluster", "namespaces": []}}
    return listing(call, "associatedAccessPolicies", [policy])


def _association(call: Call, cluster: Cluster) -> Answer:
    return {
        "clusterName": cluster.name,
        "namespace": "kube-system",
        "serviceAccount": "controller",
        "associationId": f"a-{call.world.draws.number('association', *call.place, cluster.index):016x}",
    }


def _list_pod_identity_associations(call: Call) -> Answer:
    return listing(call, "associations", [_association(call, cluster_of(call))])


def _describe_pod_identity_association(call: Call) -> Answer:
    cluster = cluster_of(call)
    association = _association(call, cluster)
    if association["associationId"] != call.parameters["part"]:
        raise not_found("association")
    role = role_arn(call.place.account, f"controller-{cluster.name}")
    return {"association": {**association, "roleArn": role}}


def _nothing(member: str) -> Operation:
    def answer(call: Call) -> Answer:
        cluster_of(call)
        return listing(call, member, [])

    return answer


ROUTES: Mapping[tuple[str, str], tuple[str, Operation]] = {
    ("GET", "clusters/{cluster}/access-entries"): ("ListAccessEntries", _list_access_entries),
    ("GET", "clusters/{cluster}/access-entries/{part}/access-policies"): (
        "ListAssociatedAccessPolicies",
        _list_associated_access_policies,
    ),
    ("GET", "clusters/{cluster}/pod-identity-associations"): (
        "ListPodIdentityAssociations",
        _list_pod_identity_associations,
    ),
    ("GET", "clusters/{cluster}/pod-identity-associations/{part}"): (
        "DescribePodIdentityAssociation",
        _describe_pod_identity_association,
    ),
    ("GET", "clusters/{cluster}/identity-provider-configs"): (
        "ListIdentityProviderConfigs",
        _nothing("identityProviderConfigs"),
    ),
    ("GET", "clusters/{cluster}/capabilities"): ("ListCapabilities", _nothing("capabilities")),
}
