"""Pod templates: what is kept of them, reduced from what the API server writes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b

import msgspec

from plumbline.adapters.kubernetes import wire
from plumbline.domain.evidence.kubernetes.objects import Requirement
from plumbline.domain.evidence.kubernetes.workloads import (
    AntiAffinity,
    Container,
    EnvVar,
    Mount,
    PodTemplate,
    Port,
    PreStop,
    Probe,
    Security,
    SpreadConstraint,
    Volume,
)

# What controls read of commands and arguments.
FLAGS = ("balance-similar-node-groups", "enable-network-policy", "node-group-auto-discovery")
# What controls read of the variables of the VPC CNI: switches, of which only yes or no is kept.
SETTINGS = frozenset({"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "ENABLE_PREFIX_DELEGATION"})
_CNI = "amazon-k8s-cni"
_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
# The admission of pods adds a volume with a token to those that have one anyway.
INJECTED = "kube-api-access-"
_ALWAYS = "Always"
_ACCESS_KEY = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}")
_FLAG = re.compile(rf"--?({'|'.join(FLAGS)})(?:=(.*))?", re.DOTALL)
# A hook that does nothing but wait; what else it does is not told.
_SLEEP = re.compile(r"(?:/bin/|/usr/bin/)?sleep\s+(\d{1,6})(s|m|h)?\s*;?", re.ASCII)
_SHELLS = frozenset({"sh", "bash", "ash", "/bin/sh", "/bin/bash", "/bin/ash"})
_SECONDS = {None: 1, "s": 1, "m": 60, "h": 3600}
_TRUE, _FALSE = "true", "false"
_YES = frozenset({"1", "t", "true"})
_NONE = Security()


def template_of(metadata: wire.TemplateMeta, spec: wire.PodSpec) -> PodTemplate:
    """Return what is kept of a pod template, or of a pod itself."""
    affinity = spec.affinity or wire.Affinity()
    resources = spec.resources or wire.Resources()
    volumes = [one for one in spec.volumes if not one.name.startswith(INJECTED)]
    return PodTemplate(
        labels=metadata.labels,
        annotations=_annotations(metadata.annotations),
        containers=tuple(_containers(spec)),
        security=_security(spec.security_context),
        volumes=tuple([_volume(one) for one in volumes]),
        service_account=spec.service_account_name or spec.service_account or "default",
        automount_token=spec.automount_service_account_token,
        host_network=spec.host_network,
        host_pid=spec.host_pid,
        host_ipc=spec.host_ipc,
        host_users=spec.host_users,
        os=spec.os.name if spec.os else "",
        node_name=spec.node_name,
        node_selector=spec.node_selector,
        node_affinity=_terms(affinity.node_affinity),
        tolerations=spec.tolerations,
        anti_affinity=tuple(_kept_apart(affinity.pod_anti_affinity)),
        spread=tuple([_spread(one) for one in spec.topology_spread_constraints]),
        requests=resources.requests,
        limits=resources.limits,
        grace_seconds=spec.termination_grace_period_seconds,
        readiness_gates=len(spec.readiness_gates),
        scheduler=spec.scheduler_name,
    )


def _containers(spec: wire.PodSpec) -> Iterator[Container]:
    for one in spec.init_containers:
        yield _container(one, init=True)
    for one in spec.containers:
        yield _container(one, init=False)


def _container(one: wire.WireContainer, *, init: bool) -> Container:
    return Container(
        name=one.name,
        image=one.image,
        init=init,
        sidecar=init and one.restart_policy == _ALWAYS,
        image_pull_policy=one.image_pull_policy,
        security=_security(one.security_context),
        env=tuple([_variable(variable, one.image) for variable in one.env]),
        env_from_secrets=tuple([source.secret_ref.name for source in one.env_from if source.secret_ref]),
        requests=one.resources.requests,
        limits=one.resources.limits,
        ports=tuple([Port(port.container_port, port.name, port.host_port, port.protocol) for port in one.ports]),
        readiness=_probe(one.readiness_probe),
        liveness=_probe(one.liveness_probe),
        startup=_probe(one.startup_probe),
        pre_stop=_pre_stop(one.lifecycle.pre_stop if one.lifecycle else None),
        mounts=tuple([Mount(mount.name, mount.read_only) for mount in one.volume_mounts if not _injected(mount)]),
        flags=_flags((*one.command, *one.args)),
    )


def _injected(mount: wire.VolumeMount) -> bool:
    return mount.name.startswith(INJECTED)


def _variable(one: wire.Variable, image: str) -> EnvVar:
    reference = one.value_from.secret_key_ref if one.value_from else None
    setting = ""
    if one.value and one.name in SETTINGS and _CNI in image:
        setting = _TRUE if one.value.lower() in _YES else _FALSE
    return EnvVar(
        name=one.name,
        literal=bool(one.value),
        access_key=bool(one.value) and _ACCESS_KEY.search(one.value) is not None,
        secret=reference.name if reference else "",
        setting=setting,
    )


def _security(given: wire.SecurityContext | None) -> Security:
    if given is None:
        return _NONE
    capabilities = given.capabilities or wire.Capabilities()
    return Security(
        run_as_non_root=given.run_as_non_root,
        run_as_user=given.run_as_user,
        privileged=given.privileged,
        host_process=given.windows_options.host_process if given.windows_options else None,
        allow_privilege_escalation=given.allow_privilege_escalation,
        read_only_root_filesystem=given.read_only_root_filesystem,
        capabilities_added=capabilities.add,
        capabilities_dropped=capabilities.drop,
        seccomp=given.seccomp_profile.type if given.seccomp_profile else None,
        app_armor=given.app_armor_profile.type if given.app_armor_profile else None,
        selinux=bool(given.se_linux_options),
        sysctls=tuple([one.name for one in given.sysctls]),
    )


def _probe(given: wire.WireProbe | None) -> Probe | None:
    if given is None:
        return None
    kind, handler = next(_handlers(given), ("", {}))
    return Probe(
        handler=_digest(kind, handler),
        kind=kind,
        period=given.period_seconds,
        timeout=given.timeout_seconds,
        initial_delay=given.initial_delay_seconds,
        failure_threshold=given.failure_threshold,
    )


def _handlers(given: wire.Handler) -> Iterator[tuple[str, Mapping[str, object]]]:
    named = ("httpGet", given.http_get), ("exec", given.exec), ("tcpSocket", given.tcp_socket), ("grpc", given.grpc)
    for kind, handler in named:
        if handler is not None:
            yield kind, handler


def _digest(kind: str, handler: Mapping[str, object]) -> str:
    return blake2b(msgspec.json.encode((kind, handler), order="deterministic"), digest_size=8).hexdigest()


def _pre_stop(hook: wire.Handler | None) -> PreStop | None:
    if hook is None:
        return None
    if hook.sleep is not None:
        seconds = hook.sleep.get("seconds")
        return PreStop(seconds if isinstance(seconds, int) else None)
    return PreStop(_slept(hook.exec.get("command")) if hook.exec else None)


def _slept(command: object) -> int | None:
    words = [word for word in command if isinstance(word, str)] if isinstance(command, list) else []
    script = words[2] if len(words) == 3 and words[0] in _SHELLS and words[1] == "-c" else " ".join(words)
    match = _SLEEP.fullmatch(script.strip())
    return int(match[1]) * _SECONDS[match[2]] if match else None


def _flags(words: tuple[str, ...]) -> dict[str, str]:
    """Return the flags that controls read; a value may stand behind the name, or be the next word."""
    if not any(name in word for word in words for name in FLAGS):
        return {}
    found: dict[str, str] = {}
    # A script for a shell is one word with everything in it.
    parts = [part for word in words for part in word.split()]
    for place, part in enumerate(parts):
        match = _FLAG.fullmatch(part)
        if match is None:
            continue
        following = parts[place + 1] if place + 1 < len(parts) else "-"
        found[match[1]] = match[2] if match[2] is not None else _TRUE if following.startswith("-") else following
    return found


def _annotations(given: Mapping[str, str]) -> dict[str, str]:
    """Return every key; values only of those that controls read, and yes or no."""
    return {key: value if _is_told(key, value) else "" for key, value in given.items()}


def _is_told(key: str, value: str) -> bool:
    return key.startswith(_APP_ARMOR) or value.lower() in (_TRUE, _FALSE)


def _volume(one: wire.WireVolume) -> Volume:
    return Volume(
        name=one.name,
        host_path=one.host_path.path if one.host_path else "",
        claim=one.persistent_volume_claim.claim_name if one.persistent_volume_claim else "",
        service_account_token=any(source.service_account_token is not None for source in one.projected.sources)
        if one.projected
        else False,
    )


def _terms(affinity: wire.NodeAffinity | None) -> tuple[tuple[Requirement, ...], ...]:
    if affinity is None or affinity.required is None:
        return ()
    return tuple([term.match_expressions for term in affinity.required.node_selector_terms])


def _kept_apart(given: wire.PodAntiAffinity | None) -> Iterable[AntiAffinity]:
    if given is None:
        return ()
    required = [_apart(term, required=True) for term in given.required]
    return [*required, *(_apart(one.pod_affinity_term, required=False) for one in given.preferred)]


def _apart(term: wire.PodTerm, *, required: bool) -> AntiAffinity:
    return AntiAffinity(topology_key=term.topology_key, selector=term.label_selector, required=required)


def _spread(one: wire.TopologySpread) -> SpreadConstraint:
    hard = one.when_unsatisfiable == "DoNotSchedule"
    return SpreadConstraint(topology_key=one.topology_key, selector=one.label_selector, required=hard)
