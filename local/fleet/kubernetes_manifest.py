"""What the files of clusters' insides may say: `kubernetes/<cluster>.yaml` beside the other data files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from local.fleet.manifest import Manifest
from local.kubernetes.components import ComponentError, load_template

Object = dict[str, Any]
STANDARD = ("system", "reader", "network", "dns")


class ApplicationManifest(Manifest):
    """An application as it should be, of the component `application`."""

    name: str
    namespace: str
    owner: str
    repository: str
    environment: str = "prod"


class KubernetesManifest(Manifest):
    """The inside of a cluster.

    `components` are files of `components/`. `objects` are manifests without what the API server fills in: the API
    version may be left out, `age` (days) says since when there is the object. One of the same kind and name as in a
    component is merged into it (lists as a whole), and with `absent: true` takes it away. `packed` are owners
    (namespace/name) whose pods are all on one node. `unavailable` are groups of aggregated APIs that do not answer.
    `reach` is how the endpoint is reached: it is served, it refuses connections, or its name is not known.
    """

    components: tuple[str, ...] = STANDARD
    applications: tuple[ApplicationManifest, ...] = ()
    objects: tuple[Object, ...] = ()
    packed: frozenset[str] = frozenset()
    unavailable: frozenset[str] = frozenset()
    reach: Literal["served", "refused", "dns"] = "served"


def load_kubernetes(directory: Path, cluster: str, values: Mapping[str, str]) -> KubernetesManifest:
    """The file of a cluster, with its `$names` filled in; the standard when there is none.

    Raises `ComponentError`.
    """
    file = directory / f"{cluster}.yaml"
    if not file.exists():
        return KubernetesManifest()
    try:
        return KubernetesManifest.model_validate(load_template(file, values) or {})
    except ValidationError as error:
        lines = [f"{file}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise ComponentError("\n".join(lines)) from error
