"""Registry: images cannot be changed under their tags, are scanned, and are kept from strangers.

Which repositories a cluster uses only its Kubernetes API knows; until that is read, all repositories of a region with
clusters count as in use.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.account import RegistryScanning, Repository, RepositoryFilter
from plumbline.domain.evidence.section import Section
from plumbline.domain.iam_policy import allowing, covers
from plumbline.domain.inventory import Inventory, uses
from plumbline.domain.judged import AccountRegion
from plumbline.domain.need import known, need
from plumbline.domain.shared import LifecyclePolicies, RepositoryPolicies
from plumbline.domain.trust import foreign_accounts, pinned_keys, principals
from plumbline.domain.verdict import (
    Pillar,
    Reason,
    Severity,
    Verdict,
    failed,
    not_applicable,
    passed,
    unknown,
    warned,
)


class Judged(Parameters, frozen=True):
    """Which repositories are judged; `in-use` are those of regions with clusters until their images are known."""

    scope: Literal["in-use", "all"] = "in-use"

    def excludes(self, region: AccountRegion) -> bool:
        """Whether nothing in the region can use a repository of it."""
        return self.scope == "in-use" and not need(region.clusters)


_JUDGED = "Judged are the repositories of regions with clusters, or all with scope=all."


def _unused(region: AccountRegion) -> Verdict:
    return not_applicable("no_clusters", f"{region.region} has no clusters that could use the repository")


class Mutability(Judged, frozen=True):
    """Which repositories are judged, and names or patterns of those that hold copies, which are mutable by nature."""

    pull_through_cache: tuple[str, ...] = ()


@control(
    "registry.tag-immutability",
    title="ECR tags cannot be overwritten",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when tags are immutable. WARN when some are excluded. FAIL when they are mutable, for all tags or for "
        f"some. NOT_APPLICABLE for repositories of pull-through-cache. {_JUDGED}"
    ),
    remediation="aws ecr put-image-tag-mutability --repository-name <repo> --image-tag-mutability IMMUTABLE",
    references=(
        "Security Hub ECR.2",
        "Prowler ecr_repositories_tag_immutability",
        "hardeneks use_immutable_tags_with_ecr",
    ),
)
def tags_are_immutable(repository: Repository, region: AccountRegion, p: Mutability) -> Verdict:
    """Whoever can overwrite a tag can replace what runs behind it, and the next pod that starts gets the other image.

    Nothing in the cluster's own objects changes when that happens.
    """
    if p.excludes(region):
        return _unused(region)
    name, mutability = repository.repository_name, repository.image_tag_mutability
    if any(fnmatchcase(name, pattern) for pattern in p.pull_through_cache):
        return not_applicable("pull_through_cache", f"{name} holds copies of another registry's images")
    excluded = sorted(one.filter for one in repository.image_tag_mutability_exclusion_filters)
    observed = {"mutability": mutability, "excluded": excluded}
    if mutability == "IMMUTABLE":
        return passed(f"the tags of {name} are immutable", observed=observed)
    if mutability == "IMMUTABLE_WITH_EXCLUSION":
        text = f"the tags of {name} are immutable but for {', '.join(excluded) or 'some'}"
        return warned("some_tags_mutable", text, observed=observed)
    if mutability in ("MUTABLE", "MUTABLE_WITH_EXCLUSION"):
        return failed("tags_mutable", f"the tags of {name} can be overwritten ({mutability})", observed=observed)
    return unknown(Reason.PARSE_ERROR, f"the mutability {mutability!r} of {name} is not known", observed=observed)


@control(
    "registry.scan-on-push",
    title="ECR repositories in use are scanned",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "PASS when a rule of the registry scans the repository on push or continuously, or the repository asks for it "
        "itself and the registry's scanning is basic. FAIL otherwise. Judged are the repositories that images in "
        "clusters of the region come from, as far as their Kubernetes APIs tell, or all with scope=all."
    ),
    remediation="aws ecr put-registry-scanning-configuration --scan-type ENHANCED --rules <rules>",
    references=("CIS 5.1.1", "Security Hub ECR.1, Inspector.2", "Prowler ecr_repositories_scan_images_on_push_enabled"),
)
def images_are_scanned(
    repository: Repository,
    region: AccountRegion,
    scanning: RegistryScanning,
    inventory: Section[Inventory],
    p: Judged,
) -> Verdict:
    """An image that is never scanned carries its holes into the cluster, and nobody hears of them.

    With enhanced scanning the registry's rules decide alone: the repository's own setting is then ignored.
    """
    if p.excludes(region):
        return _unused(region)
    name = repository.repository_name
    clusters = known(inventory, None)
    if p.scope == "in-use" and clusters and not uses(clusters.clusters, region.account, region.region, name):
        return not_applicable("not_in_use", f"no image of a cluster in {region.region} comes from {name}")
    frequencies = sorted({rule.scan_frequency for rule in scanning.rules if _matches(rule.repository_filters, name)})
    asks = repository.image_scanning_configuration
    own = bool(asks and asks.scan_on_push) and scanning.scan_type != "ENHANCED"
    observed = {"scan_type": scanning.scan_type, "frequencies": frequencies, "scan_on_push": own}
    if own or {"SCAN_ON_PUSH", "CONTINUOUS_SCAN"} & set(frequencies):
        return passed(f"images of {name} are scanned", observed=observed)
    return failed("not_scanned", f"images of {name} are not scanned when they are pushed", observed=observed)


def _matches(filters: Iterable[RepositoryFilter], name: str) -> bool:
    return any(fnmatchcase(name, one.filter) for one in filters)


class Trusted(Judged, frozen=True):
    """Which repositories are judged, and the accounts that may push."""

    trusted_accounts: tuple[str, ...] = ()


# Condition keys that keep a policy for everybody within an account, an organization or an endpoint.
_LIMITS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
    }
)
_PUSHES = ("ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload")


@control(
    "registry.repository-exposure",
    title="Repository policies do not open images to the world",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when the policy allows everybody something without a condition on account, organization or endpoint. "
        "WARN when it allows another account, not in trusted-accounts, to push. PASS otherwise, also without a policy. "
        f"{_JUDGED}"
    ),
    remediation=(
        "aws ecr set-repository-policy --repository-name <repo> --policy-text <policy> with named principals, or "
        "aws ecr delete-repository-policy --repository-name <repo>"
    ),
    references=("CIS 5.1.2, 5.1.3", "Prowler ecr_repositories_not_publicly_accessible"),
)
def repository_is_not_exposed(
    repository: Repository, region: AccountRegion, policies: RepositoryPolicies, p: Trusted
) -> Verdict:
    """An image holds what a team built, and often more than it meant to: a policy for everybody hands it out.

    Whoever may push from another account decides what the cluster runs.
    """
    if p.excludes(region):
        return _unused(region)
    name = repository.repository_name
    document = need(policies.of(name)).document
    public = any(_is_public(statement) for statement in allowing(document or {}))
    pushers = _pushers(document or {}, region.account)
    observed = {"has_policy": document is not None, "public": public, "accounts_that_push": pushers}
    if public:
        text = f"the policy of {name} allows everybody, without a condition on who"
        return failed("open_to_everybody", text, observed=observed)
    strangers = sorted(set(pushers) - set(p.trusted_accounts))
    if strangers:
        return warned("foreign_push", f"account(s) {', '.join(strangers)} may push to {name}", observed=observed)
    text = f"the policy of {name} names who may use it" if document else f"{name} has no policy of its own"
    return passed(text, observed=observed)


def _is_public(statement: Mapping[str, Any]) -> bool:
    return bool({"*", "NotPrincipal"} & principals(statement)) and not _LIMITS & pinned_keys(statement)


def _pushers(document: Mapping[str, Any], own: str) -> list[str]:
    statements = (one for one in allowing(document) if any(covers(one, action) for action in _PUSHES))
    return sorted(frozenset().union(*(foreign_accounts(statement, own) for statement in statements)))


@control(
    "registry.lifecycle-policy",
    title="Repositories expire old images",
    pillar=Pillar.COST,
    severity=Severity.LOW,
    rule=f"PASS when a lifecycle policy with at least one rule exists. FAIL otherwise. {_JUDGED}",
    remediation=(
        "aws ecr put-lifecycle-policy --repository-name <repo> --lifecycle-policy-text file://policy.json (keep the "
        "images that run)"
    ),
    references=("Security Hub ECR.3", "Prowler ecr_repositories_lifecycle_policy_enabled"),
)
def old_images_expire(repository: Repository, region: AccountRegion, policies: LifecyclePolicies, p: Judged) -> Verdict:
    """Every build leaves an image, each is paid for every month, and none goes away by itself.

    Rules must spare what still runs: an image that expired cannot be pulled by the next node.
    """
    if p.excludes(region):
        return _unused(region)
    name = repository.repository_name
    document = need(policies.of(name)).document
    rules = len(document.get("rules") or ()) if document else 0
    observed = {"has_policy": document is not None, "rules": rules}
    if rules:
        return passed(f"{name} has a lifecycle policy of {rules} rule(s)", observed=observed)
    told = "a lifecycle policy without rules" if document is not None else "no lifecycle policy"
    return failed("no_lifecycle_policy", f"{name} has {told}", observed=observed)
