"""Confinement of workloads: a profile says what their containers may ask of the kernel."""

from plumbline.domain.control import control
from plumbline.domain.evidence.kubernetes.workloads import Container, PodTemplate, Workload
from plumbline.domain.evidence.section import Section
from plumbline.domain.kubernetes_facts import ClusterNodes
from plumbline.domain.need import need
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed
from plumbline.domain.workload_rules import Hardening, containers_named, containers_of, linux_workload


class NodeDefaults(Hardening, frozen=True):
    """Whether the kubelets are known to give every container the profile RuntimeDefault."""

    seccomp_default_on_nodes: bool = False


_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_CONFINED = passed("every container is confined", observed={"unconfined": [], "without_profile": []})


@control(
    "workload.confinement-profile",
    title="Seccomp, AppArmor or SELinux confines the containers",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when a profile is Unconfined. PASS when each container has an effective seccomp profile RuntimeDefault "
        "or Localhost, an AppArmor profile, or SELinux options; PASS `node_enforced` when all nodes run Bottlerocket. "
        "FAIL otherwise. NOT_APPLICABLE for Windows pods and system namespaces."
    ),
    remediation="securityContext: {seccompProfile: {type: RuntimeDefault}}",
    references=("PSS restricted", "Prowler core_seccomp_profile_docker_default"),
)
def containers_are_confined(workload: Workload, nodes: Section[ClusterNodes], p: NodeDefaults) -> Verdict:
    """Most escapes from containers go through system calls that no service ever needs.

    A profile closes them for all containers at no cost.
    """
    exempt = linux_workload(workload, p)
    if exempt:
        return exempt
    unconfined: list[str] = []
    without: list[str] = []
    for container in containers_of(workload):
        seccomp = container.security.seccomp or workload.template.security.seccomp
        app_armor = _app_armor(container, workload.template)
        if "Unconfined" in (seccomp, app_armor):
            unconfined.append(container.name)
        elif not (seccomp or app_armor or container.security.selinux or workload.template.security.selinux):
            without.append(container.name)
    if not (unconfined or without):
        return _CONFINED
    observed = {"unconfined": unconfined, "without_profile": without}
    if unconfined:
        return failed("unconfined", f"{containers_named(unconfined)}: the profile is Unconfined", observed=observed)
    if p.seccomp_default_on_nodes:
        return passed("the kubelets confine every container", reason="node_default", observed=observed)
    if need(nodes).all_bottlerocket:
        return passed("all nodes run Bottlerocket", reason="node_enforced", observed=observed)
    return failed("no_profile", f"{containers_named(without)} has no profile", observed=observed)


def _app_armor(container: Container, template: PodTemplate) -> str | None:
    """Return the type of the effective profile; an old annotation counts where the container's field is absent."""
    if container.security.app_armor:
        return container.security.app_armor
    annotated = template.annotations.get(_APP_ARMOR + container.name) if template.annotations else None
    if annotated:
        return "Unconfined" if annotated == "unconfined" else annotated
    return template.security.app_armor
