"""Naming: what an event calls the cluster, the resources and the accounts it is about (E.1, E.3)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

Request = Mapping[str, Any]

# The parts of a cluster whose responses carry its name.
_RESPONSE_MEMBERS = ("nodegroup", "addon", "fargateProfile", "accessEntry", "association", "capability")
_ENCODED_MEMBERS = ("principalArn", "policyArn", "resourceArn")
_CLUSTER_TAG = "kubernetes.io/cluster/"


def decoded(request: Request) -> dict[str, Any]:
    """Undo the URL encoding that path parameters may arrive with."""
    return {
        key: unquote(value) if key in _ENCODED_MEMBERS and isinstance(value, str) else value
        for key, value in request.items()
    }


def cluster_named(request: Request, response: Request, arns: Iterable[object]) -> str:
    """Return the cluster that a call of EKS names, the first match of E.1; empty when it names none."""
    candidates: list[object] = [request.get("name"), request.get("clusterName")]
    candidates.append(_member(response.get("cluster"), "name"))
    candidates += [_member(response.get(member), "clusterName") for member in _RESPONSE_MEMBERS]
    candidates.append(cluster_in_arn(request.get("resourceArn")))
    candidates += [cluster_in_arn(arn) for arn in arns]
    return next((name for name in candidates if isinstance(name, str) and name), "")


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def cluster_in_arn(arn: object) -> str | None:
    """Return the cluster in `…:cluster/<name>`, `…:nodegroup/<cluster>/<group>/<id>` and their like."""
    parts = arn.split(":", 5) if isinstance(arn, str) else []
    if len(parts) != 6 or parts[2] != "eks":
        return None
    kind, _, rest = parts[5].partition("/")
    return rest.split("/")[0] if kind and rest else None


def kind_of_arn(arn: object) -> str:
    """Return what the ARN of EKS names: `cluster`, `nodegroup`, …; empty for another text."""
    parts = arn.split(":", 5) if isinstance(arn, str) else []
    return parts[5].partition("/")[0] if len(parts) == 6 and parts[2] == "eks" else ""


def part_in_arn(arn: object) -> str:
    """Return the part of a cluster in `…:<kind>/<cluster>/<part>/<id>`; empty for another text."""
    names = arn.split(":", 5)[5].split("/") if isinstance(arn, str) and kind_of_arn(arn) else []
    return names[2] if len(names) > 2 else ""


def named(event: str, member: str, request: Request, response: Request) -> tuple[str, ...]:
    """Return the texts at a path of the request or, when it has none there, of the response.

    Newer operations of EC2 nest everything below `<EventName>Request` under names that begin with a capital, and write
    lists as tagged entries; older ones write them as `{"items": [...]}`. Both are read.
    """
    for root, suffix in ((request, "Request"), (response, "Response")):
        for start in (root, root.get(f"{event}{suffix}")):
            found = tuple(_texts(_at(start, member.split("."))))
            if found:
                return found
    return ()


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    for one in _entries(value):
        if not path:
            yield one
        elif isinstance(one, dict):
            step = path[0]
            # Services write their members with a small letter or a capital: `groupId`, `GroupId`.
            for name in (step, step[:1].upper() + step[1:]):
                if name in one:
                    yield from _at(one[name], path[1:])


def _entries(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _entries(item)
    elif isinstance(value, dict) and isinstance(value.get("items"), list):
        yield from _entries(value["items"])
    elif isinstance(value, dict) and "content" in value:
        yield value["content"]
    else:
        yield value


def _texts(values: Iterable[Any]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str) and value)


def clusters_in_tags(event: str, request: Request) -> tuple[str, ...]:
    """Return the clusters that tags in the request name by their keys, each once."""
    keys = named(event, "tags.key", request, {})
    return tuple(dict.fromkeys(key.removeprefix(_CLUSTER_TAG) for key in keys if key.startswith(_CLUSTER_TAG)))


def arns_in(resources: Iterable[Mapping[str, Any]] | None) -> tuple[str, ...]:
    """Return the ARNs of a record's `resources`."""
    return tuple(_texts(one.get("ARN") for one in resources or ()))
