"""Instance metadata: pods do not get the node's credentials from it.

Running instances are the truth. Without any, what the next one would get decides: the template, then the account's
default, then the image, in the order of EC2 itself.
"""

from plumbline.domain.control import Parameters, control
from plumbline.domain.ec2_facts import Images
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import Image, LaunchTemplateData, MetadataDefaults, MetadataOptions
from plumbline.domain.evidence.kubernetes.scaling import Ec2NodeClass
from plumbline.domain.evidence.section import NotCollected, Section, not_collected
from plumbline.domain.judged import sorted_unique
from plumbline.domain.need import known, need, present, present_in
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, not_applicable, passed

OPTIONAL, REQUIRED = "optional", "required"
# An image that declares this starts instances with IMDSv2 required and two hops.
IMDSV2_ONLY = "v2.0"
HOPS_OF_IMDSV2_IMAGE, HOPS_OF_ANY_IMAGE, HOPS_OF_KARPENTER = 2, 1, 1
SERVICE_MANAGED = "service_managed"


@control(
    "nodegroup.imdsv2",
    title="Nodes accept only IMDSv2",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a running instance of the pool does not require tokens. Without running instances the launch "
        "template decides, then the account's default, then the image, and for Karpenter the EC2NodeClass; FAIL when "
        "tokens are optional. PASS otherwise, and for Auto Mode (service_managed). NOT_APPLICABLE for Fargate and "
        "hybrid nodes."
    ),
    remediation=(
        "Set MetadataOptions={HttpTokens=required} in the launch template and roll the group; for the whole account: "
        "aws ec2 modify-instance-metadata-defaults --region <region> --http-tokens required"
    ),
    references=(
        "Security Hub EC2.8, EC2.170, AutoScaling.3",
        "Prowler ec2_launch_template_imdsv2_required, ec2_instance_imdsv2_enabled",
        "hardeneks check_access_to_instance_profile",
    ),
)
def nodes_require_tokens(pool: ComputePool, images: Section[Images], defaults: Section[MetadataDefaults]) -> Verdict:
    """Without a token, one forged request from a pod returns the credentials of the node's role.

    A template mended today helps no node that was made from it yesterday (old_nodes): roll the group.
    """
    if excluded := _excluded(pool):
        return excluded
    running = known(pool.instances, ())
    tokens = sorted_unique(instance.metadata_options.http_tokens for instance in running)
    of_template = _chosen_options(pool).http_tokens
    observed = {"running": list(tokens), "template": of_template}
    if OPTIONAL in tokens:
        reason = "old_nodes" if of_template == REQUIRED else "imdsv1_allowed"
        return failed(reason, f"running nodes of {pool.name} answer without a token", observed=observed)
    if need(pool.instances):
        for instance in running:
            present(instance.metadata_options.http_tokens, "MetadataOptions.HttpTokens")
        return passed(f"all running nodes of {pool.name} require tokens", observed=observed)
    if _effective_tokens(_launched_with(pool), images, defaults) == OPTIONAL:
        return failed("imdsv1_allowed", f"new nodes of {pool.name} would answer without a token", observed=observed)
    return passed(f"new nodes of {pool.name} will require tokens", observed=observed)


class Hops(Parameters, frozen=True):
    """Network hops that an answer of the metadata service may take."""

    max_hops: int = 1


@control(
    "nodegroup.imds-hop-limit",
    title="Pods cannot reach the node's instance metadata through the hop limit",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when the largest hop limit in the pool exceeds max-hops. PASS otherwise, and where the metadata endpoint "
        "is off. Sources and exclusions are those of nodegroup.imdsv2."
    ),
    remediation="Give pods their own roles, then set HttpPutResponseHopLimit=1 in the template and roll the group.",
    references=("hardeneks check_access_to_instance_profile", "Security Hub AutoScaling.4"),
)
def pods_are_out_of_reach(
    pool: ComputePool, images: Section[Images], defaults: Section[MetadataDefaults], p: Hops
) -> Verdict:
    """A pod is one hop further than its node: with a limit of one the answer, and the credentials, never arrive.

    The template that EKS writes itself says two, so a group without a template of yours fails until it has one.
    """
    if excluded := _excluded(pool):
        return excluded
    running = [one.metadata_options for one in known(pool.instances, ())]
    limits = sorted({one.http_put_response_hop_limit or 0 for one in running if _answers(one)})
    of_template = _chosen_options(pool).http_put_response_hop_limit
    observed = {"running": limits, "template": of_template}
    if limits and limits[-1] > p.max_hops:
        text = f"running nodes of {pool.name} answer over {limits[-1]} hops, at most {p.max_hops} may be"
        return failed("hop_limit_too_high", text, observed=observed)
    if need(pool.instances):
        for options in running:
            present(options.http_put_response_hop_limit, "MetadataOptions.HttpPutResponseHopLimit")
        text = f"running nodes of {pool.name} answer over at most {limits[-1] if limits else 0} hop(s)"
        return passed(text, observed=observed)
    data = _launched_with(pool)
    if not _answers(data.metadata_options or MetadataOptions()):
        return passed(f"the metadata endpoint of new nodes of {pool.name} is off", observed=observed)
    limit = _effective_limit(data, images, defaults)
    text = f"new nodes of {pool.name} will answer over {limit} hop(s)"
    if limit > p.max_hops:
        return failed("hop_limit_too_high", f"{text}, at most {p.max_hops} may be", observed=observed)
    return passed(text, observed=observed)


def _excluded(pool: ComputePool) -> Verdict | None:
    if pool.kind in (PoolKind.FARGATE, PoolKind.HYBRID):
        return not_applicable(pool.kind.value, f"{pool.kind.value} has no instance metadata of EC2 nodes")
    if pool.kind is PoolKind.AUTO_MODE:
        return passed("EKS Auto Mode sets the metadata options of its nodes", reason=SERVICE_MANAGED)
    return None


def _answers(options: MetadataOptions) -> bool:
    return options.http_endpoint != "disabled"


def _chosen_options(pool: ComputePool) -> MetadataOptions:
    """Return what the launch template, or the EC2NodeClass, says as far as it is known."""
    node_class = known(pool.node_class, None)
    if pool.kind is PoolKind.KARPENTER:
        return _options_of(node_class) if node_class else MetadataOptions()
    template = known(pool.template, None)
    return (template.launch_template_data.metadata_options if template else None) or MetadataOptions()


def _options_of(node_class: Ec2NodeClass) -> MetadataOptions:
    """Return what Karpenter starts nodes with: an absent field is not the account's default, but its own."""
    said = node_class.spec.metadata_options
    return MetadataOptions(
        http_tokens=said.http_tokens or REQUIRED,
        http_put_response_hop_limit=said.http_put_response_hop_limit or HOPS_OF_KARPENTER,
        http_endpoint=said.http_endpoint,
    )


def _launched_with(pool: ComputePool) -> LaunchTemplateData:
    """Return what the next node of a pool is made from."""
    if pool.kind is PoolKind.KARPENTER:
        node_class = present_in(pool.node_class, f"the EC2NodeClass of {pool.name}")
        return LaunchTemplateData(metadata_options=_options_of(node_class))
    template = need(pool.template)
    if template is None:
        raise EvidenceMissing(not_collected(f"{pool.name} runs no node and has no launch template that could be read"))
    return template.launch_template_data


def _effective_tokens(data: LaunchTemplateData, images: Section[Images], defaults: Section[MetadataDefaults]) -> str:
    options = data.metadata_options or MetadataOptions()
    if options.http_tokens:
        return options.http_tokens
    default = need(defaults).http_tokens
    if default in (OPTIONAL, REQUIRED):
        return default
    return REQUIRED if _image(data, images).imds_support == IMDSV2_ONLY else OPTIONAL


def _effective_limit(data: LaunchTemplateData, images: Section[Images], defaults: Section[MetadataDefaults]) -> int:
    options = data.metadata_options or MetadataOptions()
    # The account's default is -1 when it has none.
    chosen = options.http_put_response_hop_limit or max(need(defaults).http_put_response_hop_limit or 0, 0)
    if chosen:
        return chosen
    return HOPS_OF_IMDSV2_IMAGE if _image(data, images).imds_support == IMDSV2_ONLY else HOPS_OF_ANY_IMAGE


def _image(data: LaunchTemplateData, images: Section[Images]) -> Image:
    found = need(images).of(data.image_id)
    if found is None:
        text = f"image {data.image_id or 'of the launch template'} was not in the listing"
        raise EvidenceMissing(NotCollected(Reason.NOT_FOUND_IN_LISTING, text))
    return found
