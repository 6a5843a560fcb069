"""An account: scanned region by region with the credentials of AWS that the options name."""

from __future__ import annotations

from functools import partial

from botocore.exceptions import BotoCoreError

from plumbline.adapters.aws.access import Access, ReaderRole
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.adapters.aws.parallel import collect_clusters
from plumbline.adapters.aws.sessions import Sessions
from plumbline.configuration.settings import ClusterPatterns
from plumbline.domain.errors import CredentialsError
from plumbline.ports import KubernetesSource
from plumbline_cli.scanning.asking import Asked, Options
from plumbline_cli.scanning.identity import Identity, IdentityError, check_access, role_of
from plumbline_cli.scanning.insides import of_eks
from plumbline_cli.scanning.reading import Plan, Reader
from plumbline_cli.scanning.reporting import refuse, report


def scan_account(asked: Asked) -> int:
    """Scan and return the exit code.

    Raises:
        PlumblineError: the report cannot be written, nothing matches, or the kubeconfig leads elsewhere.

    """
    options = asked.options
    try:
        check_access(options.role_arn, options.external_id, options.endpoint_url)
        identity = Identity(options.profile)
        try:
            return _scan(asked, identity)
        except CredentialsError as error:
            return refuse(identity.renewal(str(error)))
    except (IdentityError, BotoCoreError) as error:
        return refuse(str(error))


def _scan(asked: Asked, identity: Identity) -> int:
    options, lead = asked.options, asked.lead
    wanted = options.regions or asked.settings.scope.regions
    regions = identity.regions(lead.regions(options.regions) if lead else wanted)
    sessions = Sessions(_access(options, regions[0]))
    account = role_of(options.role_arn).account if options.role_arn else sessions.own_account()
    refusal = sessions.refusal(account, asked.now)
    if refusal:
        raise IdentityError(f"the role {options.role_arn} cannot be assumed: {refusal.detail}")
    if lead is not None:
        lead.check(account, regions)
    plan = Plan(
        account=account,
        regions=regions,
        controls=asked.controls,
        parameters=asked.settings.parameter_set(asked.controls),
        clusters=ClusterPatterns() if lead else asked.settings.scope.clusters,
        only=(lead.subject.cluster,) if lead else options.clusters,
        now=asked.now,
    )
    source = AwsEvidenceSource(sessions)
    # The pace is a process's own: several would be as many times as fast.
    collect = partial(collect_clusters, source, workers=1 if options.pace else options.workers)
    inside = _inside(asked, sessions)
    try:
        return report(asked, plan, lambda told: Reader(source, collect, plan, told, inside).assessed())
    finally:
        source.close()


def _inside(asked: Asked, sessions: Sessions) -> KubernetesSource | None:
    if asked.lead is not None:
        return asked.lead.source
    return of_eks(sessions) if asked.options.kubernetes else None


def _access(options: Options, region: str) -> Access:
    role = None
    if options.role_arn:
        role = ReaderRole(name=role_of(options.role_arn).name, external_id=options.external_id)
    return Access(
        region=region,
        role=role,
        profile=options.profile,
        endpoint_url=options.endpoint_url,
        # A person waits for it: more calls at once than a function makes, up to where one core is busy signing them.
        width=32,
        paced=options.pace,
    )
