"""Compute pools with the Kubernetes side: whose node is whose, and names that stay when evidence does not."""

from collections.abc import Iterable

import pytest

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.evaluation import evaluate
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.kubernetes.workloads import Pods
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.findings import reconcile
from plumbline.domain.judged import NodeRole
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.providers import RESOURCES
from plumbline.domain.records import Cause, CauseKind, Entry, Transition
from plumbline.domain.verdict import Resource, Status
from plumbline.domain.view import View
from tests.unit.baseline import NAME, NOW, WORKER_PROFILE, compliant, instance, listed, read
from tests.unit.changes import DENIED, Change, all_of, each, nothing, one, section, without
from tests.unit.kubernetes_baseline import pod, workload
from tests.unit.node_changes import (
    COMPUTE_TYPE,
    GONE,
    NODEPOOL,
    auto_mode,
    auto_pool,
    joined,
    karpenter,
    karpenter_without_nodes,
    labelled,
    node_class,
    node_pool,
    runs,
    unasked,
    unreachable,
)


def pools(change: Change = nothing) -> dict[str, ComputePool]:
    return {f"{pool.resource.kind}/{pool.resource.name}": pool for pool in View(change(compliant()), NOW).pools}


def names(pool: ComputePool) -> tuple[str, ...]:
    assert isinstance(pool.nodes, Collected)
    return tuple(node.name for node in pool.nodes.value)


def ids(pool: ComputePool) -> list[str]:
    assert isinstance(pool.instances, Collected)
    return [one.instance_id for one in pool.instances.value]


HYBRID_NODE = labelled("mi-0123", {COMPUTE_TYPE: "hybrid"})
FARGATE_NODE = labelled("fargate-ip-1", {COMPUTE_TYPE: "fargate"})
MIXED = all_of(
    auto_mode(auto_pool(), node_pool()),
    joined(
        labelled("auto", {NODEPOOL: "general-purpose", COMPUTE_TYPE: "auto"}),
        labelled("spare", {NODEPOOL: "default"}),
        HYBRID_NODE,
        FARGATE_NODE,
        labelled("lost", {}),
    ),
    runs(
        instance("i-auto", "eks:eks-cluster-name", NAME),
        instance("i-spare", NODEPOOL, "default"),
        instance("i-lost", "Name", "by hand"),
    ),
    each("ec2_node_classes", node_class()),
)


@pytest.mark.parametrize(
    ("resource", "kind", "nodes", "instances"),
    [
        ("nodegroup/general", PoolKind.MANAGED, ("general",), ["i-general"]),
        ("auto-scaling-group/workers", PoolKind.SELF_MANAGED, ("workers",), ["i-workers"]),
        ("fargate-profile/batch", PoolKind.FARGATE, ("fargate-ip-1",), []),
        ("compute-pool/general-purpose", PoolKind.AUTO_MODE, ("auto",), ["i-auto"]),
        ("compute-pool/default", PoolKind.KARPENTER, ("spare",), ["i-spare"]),
        ("compute-pool/hybrid", PoolKind.HYBRID, ("mi-0123",), []),
        ("compute-pool/unattached", PoolKind.UNATTACHED, ("lost",), ["i-lost"]),
    ],
)
def test_every_kind_of_pool_has_its_nodes(
    resource: str, kind: PoolKind, nodes: tuple[str, ...], instances: list[str]
) -> None:
    pool = pools(MIXED)[resource]
    assert (pool.kind, names(pool), ids(pool)) == (kind, nodes, instances)


def test_a_pool_of_karpenter_knows_what_it_is_made_from() -> None:
    pool = pools(karpenter())["compute-pool/default"]
    assert isinstance(pool.node_pool, Collected)
    assert isinstance(pool.node_class, Collected)
    assert (pool.node_pool.value, pool.node_class.value) == (node_pool(), node_class())


def test_a_node_pool_without_nodes_is_a_pool() -> None:
    assert names(pools(karpenter_without_nodes())["compute-pool/default"]) == ()


def test_a_node_without_labels_belongs_to_the_group_of_its_instance() -> None:
    change = joined(labelled("general-2", {}), labelled("stranger", {}))
    found = pools(all_of(change, runs(instance("i-general-2", "eks:nodegroup-name", "general"))))
    assert names(found["nodegroup/general"]) == ("general", "general-2")
    # A node of which EC2 knows no instance of this cluster is nobody's.
    assert "compute-pool/unattached" not in found


def test_a_node_pool_with_the_name_of_another_pool_hides_nothing() -> None:
    change = all_of(joined(HYBRID_NODE), each("node_pools", node_pool("hybrid"), node_pool("unattached")))
    assert {"compute-pool/hybrid", "compute-pool/nodepool/hybrid", "compute-pool/nodepool/unattached"} <= set(
        pools(change)
    )


def test_the_instances_of_karpenter_are_nobodys_to_aws_alone() -> None:
    found = pools(all_of(karpenter(), unasked))
    assert "compute-pool/default" not in found
    assert ids(found["compute-pool/unattached"]) == ["i-spare"]
    assert isinstance(found["nodegroup/general"].nodes, NotCollected)


def test_auto_mode_is_one_pool_to_aws_alone() -> None:
    found = pools(all_of(auto_mode(), unasked))
    assert ids(found["compute-pool/auto-mode"]) == ["i-auto"]
    assert "compute-pool/general-purpose" not in found


def test_tags_tell_the_pools_of_auto_mode_when_its_nodes_could_not_be_read() -> None:
    tagged = instance("i-auto", "eks:eks-cluster-name", NAME)
    tagged = instance(
        "i-auto",
        "eks:eks-cluster-name",
        NAME,
        tags=(*tagged.tags, *instance("x", "eks:kubernetes-node-pool-name", "own").tags),
    )
    found = pools(all_of(auto_mode(), runs(tagged), unreachable))
    assert ids(found["compute-pool/own"]) == ["i-auto"]
    assert {"compute-pool/general-purpose", "compute-pool/system"} <= set(found)
    assert "compute-pool/auto-mode" not in found


def test_an_instance_that_karpenter_tagged_for_a_cluster_without_auto_mode_is_not_lost() -> None:
    change = runs(instance("i-spare", "eks:eks-cluster-name", NAME))
    assert ids(pools(all_of(change, unasked))["compute-pool/unattached"]) == ["i-spare"]


@pytest.mark.parametrize("missing", ["nodes", "node_pools"])
def test_one_missing_list_does_not_rename_a_pool(missing: str) -> None:
    before, after = pools(karpenter()), pools(all_of(karpenter(), without(missing)))
    assert set(before) == set(after)
    assert ids(before["compute-pool/default"]) == ids(after["compute-pool/default"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (without("nodes"), DENIED),
        (without("node_pools"), DENIED),
        (unreachable, GONE),
        (unasked, None),
        (nothing, None),
        (without("services"), None),
    ],
)
def test_pools_that_may_have_another_name_are_unknown_as_such(change: Change, reason: NotCollected | None) -> None:
    found = dict(RESOURCES[ComputePool].find(View(all_of(karpenter(), change)(compliant()), NOW)))
    assert found.get(Resource("compute-pool", "*")) == reason


def test_the_role_of_karpenters_nodes_is_judged_whoever_owns_them() -> None:
    change = all_of(karpenter(), one("instances", 3, iam_instance_profile=ec2.InstanceProfile(arn=WORKER_PROFILE)))
    judged = [
        set(dict(RESOURCES[NodeRole].find(View(all_of(change, more)(compliant()), NOW)))) for more in (nothing, unasked)
    ]
    assert judged[0] == judged[1]


def test_nodes_on_fargate_belong_to_the_profile_that_selects_their_pod() -> None:
    batch, web = eks.FargateSelector(namespace="batch"), eks.FargateSelector(namespace="pay*")
    described = {
        name: eks.FargateProfile(
            fargate_profile_name=name, fargate_profile_arn=name, status="ACTIVE", subnets=(), selectors=(selector,)
        )
        for name, selector in (("batch", batch), ("web", web))
    }
    change = all_of(
        section("fargate_profiles", listed(**described)),
        joined(FARGATE_NODE),
        section("pods", read(Pods(placed=(pod(workload(), "fargate-ip-1"),)))),
    )
    found = pools(change)
    assert (names(found["fargate-profile/web"]), names(found["fargate-profile/batch"])) == (("fargate-ip-1",), ())
    unread = pools(all_of(change, without("pods")))
    assert unread["fargate-profile/batch"].nodes == DENIED


# --- what that does to findings


def recorded(change: Change, before: dict[str, Entry] | None = None) -> tuple[dict[str, Entry], tuple[Transition, ...]]:
    controls = {control.id: control for control in load_catalogue() if ComputePool in control.resource_types}
    evaluation = evaluate(change(compliant()), controls.values(), ParameterSet(), NOW)
    kept = [verdict for verdict in evaluation.verdicts if not verdict.patience]
    evaluated = {name: controls[name] for name in evaluation.controls}
    result = reconcile(
        before or {},
        kept,
        evaluated,
        now=NOW,
        attribute=lambda *_: (Cause(kind=CauseKind.SWEEP), True),
    )
    return result.entries, result.transitions


def open_findings(entries: dict[str, Entry], name: str) -> set[str]:
    open_statuses = (Status.FAIL, Status.WARN, Status.UNKNOWN)
    return {key for key, entry in entries.items() if key.endswith(f"|{name}") and entry.status in open_statuses}


OLD = karpenter(node_pool(expire_after="Never"))


def resolved(transitions: Iterable[Transition]) -> list[str]:
    return [f"{one.control}|{one.resource.name}" for one in transitions if one.kind == "resolved"]


@pytest.mark.parametrize("loss", [without("nodes"), without("node_pools"), unreachable])
def test_losing_the_kubernetes_side_resolves_no_finding_of_a_node_pool(loss: Change) -> None:
    entries, _ = recorded(OLD)
    violated = open_findings(entries, "default")
    assert "nodegroup.node-age|compute-pool|default" in violated
    after, transitions = recorded(all_of(OLD, loss), entries)
    assert resolved(transitions) == []
    assert violated <= open_findings(after, "default")
    # And what is mended when it is back is the same finding.
    again, back = recorded(karpenter(), after)
    assert "nodegroup.node-age|default" in resolved(back)
    assert again["nodegroup.node-age|compute-pool|default"].status is Status.PASS


def test_a_cluster_nobody_asks_about_judges_its_pools_by_aws_alone() -> None:
    entries, _ = recorded(all_of(OLD, unasked))
    assert not [key for key in entries if key.endswith(("|compute-pool|*", "|default"))]
    assert [key for key in entries if key.endswith("|unattached")]
