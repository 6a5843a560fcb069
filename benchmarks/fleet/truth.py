"""The truth: how many resources of the fleet are wrong in which way, counted from the traits and not from answers."""

from collections import Counter
from collections.abc import Iterator

from benchmarks.fleet.catalogue import DEFAULT_ADDON_RELEASE, Version
from benchmarks.fleet.traits import LOG_TYPES, Access, Addon, Cluster, NodeGroup, NodeRole, Place, Ssh, Vpc
from benchmarks.fleet.world import World

# What Plumbline wants when nothing is configured.
_FORCED_UPGRADE_DAYS = 30
_SHORTEST_RETENTION_DAYS = 90
_MOST_HOPS = 1
_WARN_PERCENT, _FAIL_PERCENT = 33, 50


def truth_of(world: World, place: Place | None = None) -> dict[str, int]:
    """Count features in one place, or in the whole fleet.

    Returns:
        Counts by feature, of clusters that can be read; those that cannot are counted under `clusters_ghost` and
        `clusters_denied`. A feature that nothing has is absent.

    """
    counts: Counter[str] = Counter()
    for where in [place] if place else world.places():
        counts.update(_of_place(world, where))
    return dict(counts)


def _of_place(world: World, place: Place) -> Iterator[str]:
    settings = world.settings(place)
    yield from _true(
        region_volumes_not_encrypted=not settings.volumes_encrypted,
        region_trail_not_encrypted=not settings.trail_encrypted,
    )
    for index in range(world.cluster_count(place)):
        cluster = world.cluster(place, index)
        if cluster.access is Access.OPEN:
            yield from _of_readable(world, place, cluster)
        else:
            yield from _true(
                clusters_ghost=cluster.access is Access.GHOST, clusters_denied=cluster.access is Access.DENIED
            )


def _of_readable(world: World, place: Place, cluster: Cluster) -> Iterator[str]:
    vpc = world.vpc_of(place, cluster.index)
    yield "clusters"
    yield from _of_cluster(cluster)
    yield from _of_version(world, cluster)
    yield from _of_logs(cluster, vpc)
    yield from _of_key(world, place, cluster)
    for number in range(world.options.nodegroups):
        group = world.group(place, cluster.index, number)
        yield "nodegroups"
        yield from _of_image(group, cluster)
        yield from _of_group(group, cluster)
        yield from _of_placement(group, vpc)
    addons = [world.addon(place, cluster.index, number) for number in range(world.options.addons)]
    yield from _true(clusters_with_unhealthy_addons=any(addon.status != "ACTIVE" for addon in addons))
    for addon in addons:
        yield "addons"
        yield from _of_addon(world, addon, cluster.version)
    for number in range(world.options.insights):
        yield f"insight_{world.insight_status(place, cluster.index, number).lower()}"
    for _ in range(world.options.fargate_profiles):
        yield "fargate_profiles"
        yield from _true(fargate_tag_missing=not cluster.has_owner, fargate_public=vpc.public)


def _of_cluster(cluster: Cluster) -> Iterator[str]:
    return _true(
        cluster_not_active=cluster.status != "ACTIVE",
        cluster_unhealthy=cluster.has_issue or cluster.status == "FAILED",
        cluster_health_issue=cluster.has_issue,
        cluster_endpoint_public=cluster.public,
        cluster_endpoint_open_to_world=cluster.open_to_the_world,
        cluster_auth_mode_not_api=cluster.authentication != "API",
        cluster_no_deletion_protection=not cluster.protected,
        cluster_production_no_deletion_protection=cluster.production and not cluster.protected,
        cluster_tag_missing=not cluster.has_owner,
        role_too_broad=cluster.role is NodeRole.BROAD,
        role_with_cni=cluster.role is NodeRole.WITH_CNI,
    )


def _of_version(world: World, cluster: Cluster) -> Iterator[str]:
    version = cluster.version
    forced = version.standard_ends if cluster.support_type == "STANDARD" else version.extended_ends
    versions = world.catalogue.versions
    lag = len(versions) - 1 - versions.index(version)
    return _true(
        cluster_version_past_standard_support=version.support != "STANDARD_SUPPORT",
        cluster_version_past_extended_support=version.support == "UNSUPPORTED",
        cluster_version_forced_soon=forced <= _FORCED_UPGRADE_DAYS,
        cluster_version_two_behind=lag == 2,
        cluster_version_three_behind=lag > 2,
    )


def _of_logs(cluster: Cluster, vpc: Vpc) -> Iterator[str]:
    logs, retention = cluster.log_types, cluster.log_retention
    return _true(
        cluster_logging_incomplete=set(logs) != set(LOG_TYPES),
        cluster_no_audit_log="audit" not in logs,
        cluster_no_audit_trail_of_logins=not {"audit", "authenticator"} <= set(logs),
        cluster_log_group_lacking=bool(logs) and (retention is None or 0 < retention < _SHORTEST_RETENTION_DAYS),
        cluster_log_group_for_ever=bool(logs) and retention == 0,
        cluster_vpc_not_logged=not vpc.logged,
    )


def _of_key(world: World, place: Place, cluster: Cluster) -> Iterator[str]:
    key = world.key(place, cluster.index)
    return _true(
        cluster_secrets_not_encrypted=not cluster.encrypted,
        cluster_key_not_usable=cluster.encrypted and key.state != "Enabled",
        cluster_key_not_rotating=cluster.encrypted and not key.rotates,
    )


def _of_image(group: NodeGroup, cluster: Cluster) -> Iterator[str]:
    image = group.image
    return _true(
        ng_custom_ami=image.custom,
        ng_ami_al2=image.type.startswith("AL2_"),
        ng_ami_behind=image.behind <= group.release < image.far_behind,
        ng_ami_far_behind=group.release >= image.far_behind,
        ng_version_behind_cluster=group.version is not cluster.version,
    )


def _of_group(group: NodeGroup, cluster: Cluster) -> Iterator[str]:
    template, kind = group.template, group.instance_type
    percent = group.update_percent or 0
    return _true(
        ng_degraded=group.status == "DEGRADED",
        ng_no_launch_template=template is None,
        ng_launch_template_not_latest=template is not None and template.used != template.newest,
        ng_launch_template_not_default=template is not None and template.used != template.default,
        ng_imdsv1_allowed=not group.imdsv2,
        ng_hops_too_many=group.hops > _MOST_HOPS,
        ng_no_repair=not group.repairs,
        ng_update_share_large=_WARN_PERCENT < percent <= _FAIL_PERCENT,
        ng_update_share_too_large=percent > _FAIL_PERCENT,
        ng_size_fixed=group.smallest == group.largest,
        ng_at_maximum=group.smallest < group.desired == group.largest,
        ng_tag_missing=not cluster.has_owner,
        ng_instance_type_not_apt=not kind.current or (kind.burstable and cluster.production),
    )


def _of_placement(group: NodeGroup, vpc: Vpc) -> Iterator[str]:
    return _true(
        ng_public=vpc.public or group.public_address,
        ng_ssh_open=group.ssh is Ssh.OPEN,
        ng_ssh_restricted=group.ssh is Ssh.RESTRICTED,
    )


def _of_addon(world: World, addon: Addon, version: Version) -> Iterator[str]:
    fits = world.catalogue.addon_fits(addon.release, version)
    return _true(
        addon_unhealthy=addon.status != "ACTIVE",
        addon_incompatible=not fits,
        addon_behind_default=fits and addon.release > DEFAULT_ADDON_RELEASE,
    )


def _true(**features: bool) -> Iterator[str]:
    return (name for name, there in features.items() if there)
