"""Auto Scaling groups and launch templates: what the pools of clusters are made from (evidence plan D.2, 14 and 17)."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api, batches
from plumbline.adapters.aws.pool import Pool
from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.facts import CLUSTER_TAG
from plumbline.domain.need import joined
from plumbline.domain.verdict import Reason

GROUPS_A_CALL = 100
VERSIONS_A_CALL = 200
FILTER_VALUES = 200
_NEWEST = ["$Latest", "$Default"]

Groups = Section[tuple[ec2.AutoScalingGroup, ...]]
Templates = Section[tuple[ec2.LaunchTemplateVersion, ...]]


def read_groups(api: Api, clusters: Iterable[str], names: frozenset[str]) -> Groups:
    """Read the groups that carry a cluster's tag, then those of `names` that the tag did not find."""
    # A group may carry the tags of several clusters.
    found: dict[str, ec2.AutoScalingGroup] = {}
    for keys in batches([CLUSTER_TAG + cluster for cluster in sorted(clusters)], FILTER_VALUES):
        tagged = api.listing(plan.GROUPS, ec2.AutoScalingGroup, Filters=[{"Name": "tag-key", "Values": keys}])
        if isinstance(tagged, NotCollected):
            return tagged
        found |= {group.auto_scaling_group_name: group for group in tagged.value}
    named = api.batched(
        plan.GROUPS,
        ec2.AutoScalingGroup,
        names - found.keys(),
        GROUPS_A_CALL,
        lambda batch: {"AutoScalingGroupNames": batch},
    )
    return joined(lambda others: (*found.values(), *others), named)


def read_templates(api: Api, wanted: Mapping[str, frozenset[int]], pool: Pool, *, whole_region: bool) -> Templates:
    """Read the newest, the default and the wanted versions of launch templates.

    Args:
        api: the region's APIs.
        wanted: versions in use, by template id.
        pool: runs the reads of single templates.
        whole_region: read the newest and default versions of all templates in pages, which is cheaper for many
            clusters; else template by template.

    """
    newest: Templates = Collected((), api.now)
    if whole_region and wanted:
        newest = api.listing(plan.TEMPLATES, ec2.LaunchTemplateVersion, Versions=_NEWEST, IncludeManagedResources=True)
    if isinstance(newest, NotCollected):
        return newest
    found = tuple(version for version in newest.value if version.launch_template_id in wanted)
    missing = _missing(wanted, found, whole_region=whole_region)
    for section in pool.run(partial(_read_template, api, template, versions) for template, versions in missing):
        if isinstance(section, NotCollected):
            return section
        found += section.value
    # A version that is both newest and default is answered twice.
    unique = {(version.launch_template_id, version.version_number): version for version in found}
    return Collected(tuple(unique.values()), api.now)


def _missing(
    wanted: Mapping[str, frozenset[int]], found: Iterable[ec2.LaunchTemplateVersion], *, whole_region: bool
) -> Iterator[tuple[str, list[str]]]:
    known = {(version.launch_template_id, version.version_number) for version in found}
    for template, numbers in wanted.items():
        absent = [str(number) for number in sorted(numbers) if (template, number) not in known]
        if not whole_region:
            absent = _NEWEST + absent
        for batch in batches(absent, VERSIONS_A_CALL):
            yield template, batch


def _read_template(api: Api, template: str, versions: list[str]) -> Templates:
    """Read versions of one template; one that was deleted is absent from the answer, which is a fact."""
    section = api.listing(
        plan.TEMPLATES,
        ec2.LaunchTemplateVersion,
        LaunchTemplateId=template,
        Versions=versions,
        IncludeManagedResources=True,
    )
    if isinstance(section, NotCollected) and section.reason is Reason.NOT_FOUND_IN_LISTING:
        return Collected((), api.now)
    return section
