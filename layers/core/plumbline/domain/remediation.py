"""Remediation: the control's one line with the names of the thing at hand filled in."""

import shlex

from plumbline.domain.control import Control
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource


def remediation_for(control: Control, subject: Subject, resource: Resource) -> str:
    """Return the remediation with `<cluster>`, `<region>` and the resource's placeholder replaced, shell-safe."""
    text = control.remediation.replace("<region>", shlex.quote(subject.region))
    if subject.cluster:
        text = text.replace("<cluster>", shlex.quote(subject.cluster))
    placeholder = {"nodegroup": "<group>", "compute-pool": "<group>", "addon": "<addon>", "kms-key": "<key>"}
    name = placeholder.get(resource.kind)
    return text.replace(name, shlex.quote(resource.name)) if name else text
