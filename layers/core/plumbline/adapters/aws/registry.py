"""ECR's and GuardDuty's part of evidence plan D.2: what is listed first and then asked for one by one."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api
from plumbline.adapters.aws.pool import Pool
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence.section import Collected, Listed, NotCollected, Section
from plumbline.domain.verdict import Reason


def read_detectors(api: Api) -> Listed[aws.Detector]:
    """Read the GuardDuty detectors of the region: one or none."""
    found, missing = api.partial(plan.DETECTORS, str)
    items = {detector: api.one(plan.DETECTOR, aws.Detector, DetectorId=detector) for detector in found}
    return Listed(names=missing or Collected(tuple(items), api.now), items=items)


class _RepositoryPolicy(msgspec.Struct):
    text: str = msgspec.field(name="policyText")


class _LifecyclePolicy(msgspec.Struct):
    text: str = msgspec.field(name="lifecyclePolicyText")


_POLICIES: Mapping[str, tuple[plan.Call, Any]] = {
    "repository_policies": (plan.REPOSITORY_POLICY, _RepositoryPolicy),
    "lifecycle_policies": (plan.LIFECYCLE_POLICY, _LifecyclePolicy),
}
POLICY_SECTIONS = frozenset(_POLICIES)


def read_policies(
    api: Api, repositories: Iterable[aws.Repository], sections: frozenset[str], pool: Pool
) -> dict[str, dict[str, Section[aws.PolicyText]]]:
    """Read the policies asked for of each repository, by section and repository name."""
    names = sorted(repository.repository_name for repository in repositories)
    asked = [(section, name) for section in _POLICIES if section in sections for name in names]
    jobs: list[Callable[[], Section[aws.PolicyText]]] = [partial(_policy, api, *one) for one in asked]
    read: dict[str, dict[str, Section[aws.PolicyText]]] = {name: {} for name in POLICY_SECTIONS & sections}
    for (section, name), policy in zip(asked, pool.run(jobs), strict=True):
        read[section][name] = policy
    return read


def _policy(api: Api, section: str, repository: str) -> Section[aws.PolicyText]:
    call, kind = _POLICIES[section]
    answer = api.optional(call, kind, None, repositoryName=repository)
    if isinstance(answer, NotCollected):
        return answer
    if answer.value is None:
        return Collected(aws.PolicyText(), answer.at)
    try:
        document = msgspec.json.decode(answer.value.text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        return NotCollected(Reason.PARSE_ERROR, f"{call.name} unexpected answer: {error}", answer.at)
    return Collected(aws.PolicyText(document=document), answer.at)
