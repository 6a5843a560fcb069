"""The image registry: the ECR reads of the evidence plan, and changes of repositories."""

from __future__ import annotations

import json
from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.errors import AwsError
from local.simulators.world import Row


def _repository(call: Call, name: str) -> Row:
    repository = call.place.repositories.get(name)
    if repository is None:
        message = f"The repository with name '{name}' does not exist in the registry with id '{call.place.account}'"
        raise AwsError("RepositoryNotFoundException", message)
    return repository


@simulates("ecr", "DescribeRepositories")
def describe_repositories(call: Call) -> dict[str, Any]:
    """Repositories, all of them or by name."""
    names = call.params.get("repositoryNames") or sorted(call.place.repositories)
    return {"repositories": [_repository(call, name) for name in names]}


@simulates("ecr", "GetRegistryScanningConfiguration")
def get_registry_scanning_configuration(call: Call) -> dict[str, Any]:
    """How the registry scans."""
    return {"registryId": call.place.account, "scanningConfiguration": call.place.registry_scanning}


@simulates("ecr", "PutRegistryScanningConfiguration")
def put_registry_scanning_configuration(call: Call) -> dict[str, Any]:
    """Other rules of scanning."""
    call.place.registry_scanning = {"scanType": call.params.get("scanType", "BASIC"), "rules": call.params["rules"]}
    return {"registryScanningConfiguration": call.place.registry_scanning}


@simulates("ecr", "PutImageTagMutability")
def put_image_tag_mutability(call: Call) -> dict[str, Any]:
    """Whether tags may be overwritten."""
    repository = _repository(call, call.params["repositoryName"])
    repository.pop("imageTagMutabilityExclusionFilters", None)
    repository.update({key: call.params[key] for key in call.params if key.startswith("imageTagMutability")})
    return {"registryId": call.place.account, **call.params}


@simulates("ecr", "PutImageScanningConfiguration")
def put_image_scanning_configuration(call: Call) -> dict[str, Any]:
    """Whether the repository scans what is pushed."""
    repository = _repository(call, call.params["repositoryName"])
    repository["imageScanningConfiguration"] = call.params["imageScanningConfiguration"]
    return {"registryId": call.place.account, **call.params}


# Kind of policy -> (member of request and answer, where the row keeps it, error when there is none).
_REPOSITORY = ("policyText", "_policy", "RepositoryPolicyNotFoundException")
_LIFECYCLE = ("lifecyclePolicyText", "_lifecycle_policy", "LifecyclePolicyNotFoundException")


def _kind(call: Call) -> tuple[str, str, str]:
    return _LIFECYCLE if call.operation.endswith("LifecyclePolicy") else _REPOSITORY


@simulates("ecr", "GetRepositoryPolicy", "GetLifecyclePolicy")
def get_policy(call: Call) -> dict[str, Any]:
    """A policy of a repository, or the error that there is none."""
    name, (member, kept, missing) = call.params["repositoryName"], _kind(call)
    text = _repository(call, name).get(kept)
    if text is None:
        raise AwsError(missing, f"No such policy exists for the repository with name '{name}'")
    return {"registryId": call.place.account, "repositoryName": name, member: text}


@simulates("ecr", "SetRepositoryPolicy", "PutLifecyclePolicy")
def put_policy(call: Call) -> dict[str, Any]:
    """Another policy of a repository; its text must be JSON."""
    member, kept, _ = _kind(call)
    try:
        json.loads(call.params[member])
    except ValueError as error:
        raise AwsError("InvalidParameterException", f"Invalid parameter at '{member}': {error}") from error
    _repository(call, call.params["repositoryName"])[kept] = call.params[member]
    return get_policy(call)


@simulates("ecr", "DeleteRepositoryPolicy", "DeleteLifecyclePolicy")
def delete_policy(call: Call) -> dict[str, Any]:
    """Takes a policy of a repository away and answers it; the error when there is none."""
    gone = get_policy(call)
    _, kept, _ = _kind(call)
    del _repository(call, call.params["repositoryName"])[kept]
    return gone
