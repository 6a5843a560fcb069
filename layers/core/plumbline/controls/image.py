"""Images: workloads run what the fleet has approved, and can say from which source it was built."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec

from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import not_collected
from plumbline.domain.image_names import ecr_account, registry_and_path, repository_of, tag_of
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned
from plumbline.domain.workload_facts import Home
from plumbline.domain.workload_rules import Hardening, containers_of, system_workload

# Words in place of patterns: the ECR registries of the fleet's accounts, and those EKS pulls its add-ons from.
FLEET, EKS = "fleet-ecr", "eks-add-ons"
# One account serves most regions (user guide of EKS, registries of add-ons); the others have one each.
_EKS_ACCOUNTS = frozenset(
    {
        "602401143452",
        "013241004608",
        "066635153087",
        "121268973566",
        "151610086707",
        "151742754352",
        "296578399912",
        "333609536671",
        "455263428931",
        "491585149902",
        "533267051163",
        "558608220178",
        "590381155156",
        "730335286997",
        "759879836304",
        "761377655185",
        "800184023465",
        "877085696533",
        "900612956339",
        "900889452093",
        "918309763551",
        "961992271922",
    }
)


class _Image(msgspec.Struct, frozen=True):
    repository: str
    tag: str
    kind: str


@lru_cache(maxsize=8192)
def _parsed(image: str) -> _Image:
    tag = tag_of(image)
    return _Image(repository_of(image), tag, "digest" if "@" in image else "tag" if tag else "none")


def _images(workload: Workload) -> list[str]:
    containers = containers_of(workload)
    return sorted({container.image for container in containers}) if len(containers) > 1 else [containers[0].image]


class AllowedRegistries(Hardening, frozen=True):
    """Registries that images may come from.

    Attributes:
        allowed: a registry, with a path where only that may be used; `*` in it stands for anything. `fleet-ecr` are
            the ECR registries of the cluster's own account and of `fleet-accounts`, `eks-add-ons` those of EKS.
        fleet_accounts: other accounts of the fleet.

    """

    allowed: tuple[str, ...] = (FLEET, EKS, "public.ecr.aws/eks", "public.ecr.aws/eks-distro", "registry.k8s.io")
    fleet_accounts: tuple[str, ...] = ()


@control(
    "image.allowed-registries",
    title="Workloads run images from approved registries only",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when the registry of an image (`nginx` means docker.io/library/nginx) matches no allowed pattern, PASS "
        "otherwise. UNKNOWN for images in ECR when nothing says which account the cluster is in. NOT_APPLICABLE in "
        "system namespaces."
    ),
    remediation="Mirror the image into ECR and change the reference; enforce it with an admission policy.",
    references=("CIS 5.1.4",),
)
def images_come_from_approved_registries(workload: Workload, home: Home, p: AllowedRegistries) -> Verdict:
    """An image from anywhere was checked by nobody, and whoever owns that registry decides what runs here tomorrow.

    Public registries also throttle and disappear, most likely while nodes are being replaced.
    """
    exempt = system_workload(workload, p)
    if exempt:
        return exempt
    images = _images(workload)
    observed = {"repositories": [_parsed(image).repository for image in images]}
    accounts = _accounts(home, p.fleet_accounts)
    foreign = [image for image in images if not _is_allowed(image, p.allowed, accounts)]
    if not foreign:
        return passed("every image comes from an approved registry", observed=observed)
    if not accounts and FLEET in p.allowed:
        # Some of these registries may be the fleet's own.
        certain = [image for image in foreign if not ecr_account(registry_and_path(image)[0])]
        if not certain:
            raise EvidenceMissing(not_collected("nothing says which account the cluster is in"))
        foreign = certain
    return failed("registry_not_allowed", f"not from an approved registry: {', '.join(foreign)}", observed=observed)


def _accounts(home: Home, others: Iterable[str]) -> frozenset[str]:
    return frozenset({home.account, *others}) - {""}


@lru_cache(maxsize=8192)
def _is_allowed(image: str, allowed: tuple[str, ...], accounts: frozenset[str]) -> bool:
    registry, path = registry_and_path(image)
    return any(_admits(entry, registry, path, accounts) for entry in allowed)


def _admits(entry: str, registry: str, path: str, accounts: frozenset[str]) -> bool:
    if entry in (FLEET, EKS):
        return ecr_account(registry) in (accounts if entry == FLEET else _EKS_ACCOUNTS)
    # Each half is matched alone: a `*` for a region must not reach into the path.
    host, slash, folder = entry.partition("/")
    if not fnmatchcase(registry, host):
        return False
    return not slash or path == folder or path.startswith(f"{folder}/") or fnmatchcase(path, folder)


class TagPolicy(Parameters, frozen=True):
    """What tags must tell.

    Attributes:
        forbidden_tags: tags that are moved from image to image.
        commit_pattern: a regular expression found in tags that name a commit.
        third_party_exempt: images from elsewhere need not name a commit: they have versions.
        fleet_accounts: accounts whose ECR registries are the fleet's, besides the cluster's own.

    """

    forbidden_tags: tuple[str, ...] = ("latest", "stable", "master", "main", "dev")
    commit_pattern: str = "(^|[-._])[0-9a-f]{7,40}$"
    third_party_exempt: bool = True
    fleet_accounts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        try:
            re.compile(self.commit_pattern)
        except re.error as error:
            raise ValueError(f"commit-pattern: no regular expression: {error}") from error


@control(
    "image.tag-policy",
    title="Image references are immutable and traceable to a commit",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when there is no digest and the tag is missing or one of those that move. WARN when there is no digest "
        "and the tag of an image of the fleet names no commit; of other images only when third-party-exempt is off. "
        "PASS for a digest, or a tag that fits."
    ),
    remediation="Tag images with the commit's SHA in the build, and deploy by digest.",
    references=("Prowler core_image_tag_fixed",),
)
def images_say_what_they_are(workload: Workload, home: Home, p: TagPolicy) -> Verdict:
    """A tag that moves means another program after the next restart, and no way back to the one before.

    A tag that names a commit leads from a running pod to the lines it was built from.
    """
    images = _images(workload)
    parsed = {image: _parsed(image) for image in images}
    observed = {"images": {one.repository: one.kind for one in parsed.values()}}
    tagged = [image for image in images if parsed[image].kind != "digest"]
    moving = [image for image in tagged if not parsed[image].tag or parsed[image].tag in p.forbidden_tags]
    if moving:
        return failed("mutable_tag", f"the tag is missing or moves: {', '.join(moving)}", observed=observed)
    accounts = _accounts(home, p.fleet_accounts)
    untold = [image for image in tagged if re.search(p.commit_pattern, parsed[image].tag) is None]
    own = [image for image in untold if not p.third_party_exempt or _is_own(image, accounts)]
    if own:
        return warned("not_traceable", f"the tag names no commit: {', '.join(own)}", observed=observed)
    return passed("every image has a digest or a tag that fits", observed=observed)


def _is_own(image: str, accounts: frozenset[str]) -> bool:
    account = ecr_account(registry_and_path(image)[0])
    if account and account not in _EKS_ACCOUNTS and not accounts:
        raise EvidenceMissing(not_collected("nothing says which account the cluster is in"))
    return account in accounts
