"""Rehearsal: production never runs a version that nobody tried."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.environment import PRODUCTION
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import minor_of
from plumbline.domain.evidence.section import not_collected
from plumbline.domain.inventory import Inventory
from plumbline.domain.snapshot import Listing
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

# A cluster in these states runs nothing that could prove a version.
_NOT_RUNNING = frozenset({"CREATING", "DELETING", "FAILED"})


class Rehearsal(Parameters, frozen=True):
    """Which tags name the environment and the group of clusters that belong together, and what production is called."""

    environment_tag: str = "environment"
    production_values: tuple[str, ...] = PRODUCTION
    group_tag: str = "application"

    def is_production(self, environment: str) -> bool:
        """Whether the environment is production, whatever the case of the letters."""
        return environment in {value.lower() for value in self.production_values}


@control(
    "version.rehearsal-cluster",
    title="A non-production cluster runs each version before production does",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "A production cluster is compared with the non-production clusters of its group, or of the whole fleet when it "
        "has no group tag. PASS when one of them runs the same or a newer minor, FAIL when all run an older one, WARN "
        "when there is none. NOT_APPLICABLE outside of production, UNKNOWN when nothing says which environment it is."
    ),
    remediation="Upgrade a non-production cluster first, or create one from the same code.",
)
def version_was_rehearsed(cluster: Listing, fleet: Inventory, p: Rehearsal) -> Verdict:
    """What breaks with a new version should break where nobody is hurt.

    Clusters that cannot be seen do not count: an upgrade nobody can show was not rehearsed.
    """
    environment, group = _environment(cluster, p), _tag(cluster, p.group_tag)
    if not environment:
        raise EvidenceMissing(not_collected("no tag and no account mapping says which environment this is"))
    if not p.is_production(environment):
        return not_applicable("not_production", f"the environment is {environment}")
    rehearsals = {
        other.arn: other.version
        for other in fleet.clusters
        if _is_rehearsal(other, p) and (not group or _tag(other, p.group_tag) == group)
    }
    newest = max(rehearsals.values(), key=minor_of, default=None)
    observed = {"version": cluster.version, "group": group, "newest_rehearsed": newest}
    whose = f"of {p.group_tag} {group}" if group else "of the fleet"
    if newest is None:
        return warned("no_rehearsal_cluster", f"no non-production cluster {whose} is known", observed=observed)
    text = f"the newest version tried outside of production {whose} is {newest}; this cluster runs {cluster.version}"
    if minor_of(newest) < minor_of(cluster.version):
        return failed("not_rehearsed", text, observed=observed)
    return passed(text, observed=observed)


def _is_rehearsal(other: Listing, p: Rehearsal) -> bool:
    environment = _environment(other, p)
    return bool(environment) and not p.is_production(environment) and other.status not in _NOT_RUNNING


def _environment(cluster: Listing, p: Rehearsal) -> str:
    return (_tag(cluster, p.environment_tag) or cluster.environment).lower()


def _tag(cluster: Listing, name: str) -> str:
    tags = {key.lower(): value for key, value in cluster.tags.items()}
    return tags.get(name.lower(), "")
