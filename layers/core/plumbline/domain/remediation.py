"""Remediation: the control's one line with the names of the thing at hand filled in."""

import shlex

from plumbline.domain.arn import last_part
from plumbline.domain.control import Control
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource

_PLACEHOLDERS = {
    "access-entry": "<arn>",
    "addon": "<addon>",
    "auto-scaling-group": "<asg>",
    "compute-pool": "<group>",
    "iam-role": "<role>",
    "kms-key": "<key>",
    "nodegroup": "<group>",
    "repository": "<repo>",
    "security-group": "<sg>",
    "vpc": "<vpc>",
}


def remediation_for(control: Control, subject: Subject, resource: Resource) -> str:
    """Return the remediation with `<cluster>`, `<region>` and the resource's placeholder replaced, shell-safe."""
    text = control.remediation.replace("<region>", shlex.quote(subject.region))
    if subject.cluster:
        text = text.replace("<cluster>", shlex.quote(subject.cluster))
    placeholder = _PLACEHOLDERS.get(resource.kind)
    if placeholder is None:
        return text
    name = last_part(resource.name) if resource.kind == "iam-role" else resource.name
    return text.replace(placeholder, shlex.quote(name))
