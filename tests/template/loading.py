"""The templates, parsed once: as written, and as CloudFormation gets them after the SAM transform."""

import copy
import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from samtranslator.translator.transform import transform  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

REPOSITORY = Path(__file__).parents[2]
HUB, MEMBER = REPOSITORY / "template.yaml", REPOSITORY / "org" / "member.yaml"
_LOCAL_PATHS = ("CodeUri", "ContentUri", "DefinitionUri")

Resource = dict[str, Any]


class _NoManagedPolicies:
    """Stands for the list of AWS's managed policies: the template names none."""

    def load(self) -> dict[str, str]:
        return {}


@cache
def _parsed(path: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse(path.read_text())
    return parsed


def written(path: Path) -> dict[str, Any]:
    """Return a template as it is written."""
    return copy.deepcopy(_parsed(path))


@cache
def transformed() -> dict[str, Any]:
    """Return the hub's template as `sam deploy` hands it over, its local paths packaged."""
    template = written(HUB)
    for resource in template["Resources"].values():
        for name in _LOCAL_PATHS:
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = "s3://bucket/key"
    # The transform asks boto3 for the partition of the region it runs in.
    with patch.dict(os.environ, AWS_DEFAULT_REGION="eu-west-1"):
        result: dict[str, Any] = transform(template, {}, _NoManagedPolicies())
    return result


def of_type(kind: str, path: Path = HUB) -> dict[str, Resource]:
    """Return the properties of every resource of a type, by logical id."""
    resources = written(path)["Resources"]
    return {name: found["Properties"] for name, found in resources.items() if found["Type"] == kind}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(role: Resource) -> list[dict[str, Any]]:
    """Return the statements of a role's or managed policy's own policies."""
    documents = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
    documents += [role["PolicyDocument"]] if "PolicyDocument" in role else []
    return [statement for document in documents for statement in document["Statement"]]


def referred(value: Any) -> set[str]:
    """Return the logical ids that a value refers to."""
    if isinstance(value, dict):
        if "Ref" in value:
            return {value["Ref"]}
        if "Fn::GetAtt" in value:
            found = value["Fn::GetAtt"]
            return {found[0] if isinstance(found, list) else found.split(".")[0]}
        if "Fn::Sub" in value:
            text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
            return {name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text)}
        return set[str]().union(*(referred(item) for item in value.values()))
    if isinstance(value, list):
        return set[str]().union(*(referred(item) for item in value))
    return set()
