import pytest

from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import Reason, Resource
from plumbline.domain.view import View
from tests.unit.baseline import NAME, NOW, compliant, instance, instances
from tests.unit.changes import DENIED, Change, all_of, cluster, each, nodegroup, nothing, one, without


def pools(change: Change = nothing) -> dict[str, ComputePool]:
    return {pool.name: pool for pool in View(change(compliant()), NOW).pools}


def runs(*more: ec2.Instance) -> Change:
    return each("instances", *instances(), *more)


def ids(pool: ComputePool) -> list[str]:
    assert isinstance(pool.instances, Collected)
    return [found.instance_id for found in pool.instances.value]


AUTO = cluster(compute_config=eks.ComputeConfig(enabled=True))
AUTO_NODE = instance("i-auto", "eks:eks-cluster-name", NAME, subnet_id="subnet-z")
LOST_NODE = instance("i-lost", "karpenter.sh/nodepool", "default", subnet_id="subnet-y")


@pytest.mark.parametrize(
    ("name", "kind", "resource", "nodes"),
    [
        ("general", PoolKind.MANAGED, Resource("nodegroup", "general"), ["i-general"]),
        ("rocket", PoolKind.MANAGED, Resource("nodegroup", "rocket"), ["i-rocket"]),
        ("workers", PoolKind.SELF_MANAGED, Resource("auto-scaling-group", "workers"), ["i-workers"]),
        ("batch", PoolKind.FARGATE, Resource("fargate-profile", "batch"), []),
        ("auto-mode", PoolKind.AUTO_MODE, Resource("compute-pool", "auto-mode"), ["i-auto"]),
        ("unattached", PoolKind.UNATTACHED, Resource("compute-pool", "unattached"), ["i-lost"]),
    ],
)
def test_each_pool_has_its_own_nodes(name: str, kind: PoolKind, resource: Resource, nodes: list[str]) -> None:
    pool = pools(all_of(AUTO, runs(AUTO_NODE, LOST_NODE)))[name]
    assert (pool.kind, pool.resource, ids(pool)) == (kind, resource, nodes)


def test_without_auto_mode_and_lost_nodes_there_are_no_such_pools() -> None:
    assert set(pools()) == {"general", "rocket", "workers", "batch"}


def test_nodes_of_other_clusters_do_not_count() -> None:
    other = ec2.Instance(instance_id="i-other", tags=(ec2.Tag(key="kubernetes.io/cluster/billing", value="owned"),))
    assert "unattached" not in pools(runs(other))


@pytest.mark.parametrize(("name", "subnets"), [("auto-mode", ("subnet-z",)), ("unattached", ("subnet-y",))])
def test_pools_without_a_group_are_where_their_nodes_are(name: str, subnets: tuple[str, ...]) -> None:
    assert pools(all_of(AUTO, runs(AUTO_NODE, LOST_NODE)))[name].subnets == subnets


def test_nodes_of_a_group_that_could_not_be_read_are_not_called_unattached() -> None:
    assert "unattached" not in pools(all_of(runs(LOST_NODE), without("auto_scaling_groups")))


def template_of(pool: ComputePool) -> str | None:
    assert isinstance(pool.template, Collected)
    return pool.template.value.launch_template_id if pool.template.value else None


def test_the_effective_template_is_the_one_of_the_auto_scaling_group() -> None:
    assert {name: template_of(pool) for name, pool in pools().items()} == {
        "general": "lt-eks-general",
        "rocket": "lt-eks-rocket",
        "workers": "lt-workers",
        "batch": None,
    }


def specification(version: str | None) -> ec2.TemplateSpecification:
    return ec2.TemplateSpecification(launch_template_id="lt-workers", version=version)


@pytest.mark.parametrize("version", ["1", "$Default", "$Latest", None])
def test_a_template_version_is_found_by_number_or_name(version: str | None) -> None:
    pool = pools(one("auto_scaling_groups", 2, launch_template=specification(version)))["workers"]
    assert isinstance(pool.template, Collected)
    assert pool.template.value is not None
    assert pool.template.value.version_number == 1


def test_a_mixed_instances_policy_names_the_template_too() -> None:
    policy = ec2.MixedInstancesPolicy(
        launch_template=ec2.MixedTemplate(launch_template_specification=specification("1"))
    )
    pool = pools(one("auto_scaling_groups", 2, launch_template=None, mixed_instances_policy=policy))["workers"]
    assert isinstance(pool.template, Collected)
    assert pool.template.value is not None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (one("auto_scaling_groups", 2, launch_template=specification("7")), Reason.NOT_FOUND_IN_LISTING),
        (each("launch_templates"), Reason.NOT_FOUND_IN_LISTING),
        (without("launch_templates"), Reason.ACCESS_DENIED),
    ],
)
def test_a_template_that_is_named_and_not_listed_is_missing_evidence(change: Change, reason: Reason) -> None:
    template = pools(change)["workers"].template
    assert isinstance(template, NotCollected)
    assert template.reason is reason


def test_a_group_that_eks_names_and_nobody_lists_is_missing_evidence() -> None:
    pool = pools(each("auto_scaling_groups"))["general"]
    assert isinstance(pool.auto_scaling_groups, NotCollected)
    assert pool.auto_scaling_groups.reason is Reason.NOT_FOUND_IN_LISTING
    assert pool.auto_scaling_groups.detail == "the Auto Scaling group eks-general was not in the listing"
    assert isinstance(pool.template, NotCollected)


def test_a_launch_configuration_is_no_template() -> None:
    pool = pools(one("auto_scaling_groups", 2, launch_template=None, launch_configuration_name="lc"))["workers"]
    assert isinstance(pool.template, Collected)
    assert pool.template.value is None


def test_a_pool_has_the_status_of_its_group() -> None:
    described = pools(all_of(AUTO, nodegroup("general", status="UPDATING"), without("instances")))
    assert described["general"].status == "UPDATING"
    assert described["auto-mode"].status == "ACTIVE"
    assert described["auto-mode"].instances == DENIED
