import pytest

from plumbline.domain.evidence.kubernetes.workloads import Security
from tests.unit.changes import Change, nothing, section, without
from tests.unit.controls.application import (
    API,
    DEPLOYMENTS,
    app,
    app_container,
    app_template,
    beside,
    secured,
    security,
)
from tests.unit.controls.cases import CRITICAL, FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import component, container, template, workload
from tests.unit.names import read

NON_ROOT, PRIVILEGED = "workload.run-as-non-root", "workload.privileged"
ESCALATION, CAPABILITIES = "workload.privilege-escalation", "workload.capabilities"
SYSCTLS, READ_ONLY = "workload.sysctls", "workload.read-only-root-fs"
SYSTEM = "DaemonSet/kube-system/aws-node"
WINDOWS = app_template(os="windows")
AGENT = "DaemonSet/monitoring/node-exporter"
INCLUDED = {"include-system-namespaces": True}
NO_CONTAINERS = app(template=template().__class__())


def agent(**members: object) -> Change:
    one = container(image="quay.io/prometheus/Node-Exporter:v1.9.0", security=security(**members))
    return beside("daemon_sets", workload("DaemonSet", "monitoring", "node-exporter", template=template(one)))


def initial(**members: object) -> Change:
    return app_template(container("setup", init=True, security=security(**members)), container())


CASES = [
    Case(NON_ROOT, API, secured(run_as_non_root=None, run_as_user=0), FAIL, "root_explicit"),
    Case(NON_ROOT, API, secured(run_as_non_root=False), FAIL, "root_possible"),
    Case(
        NON_ROOT,
        API,
        app_template(
            container(security=Security(run_as_user=0)), container("other", security=Security()), security=Security()
        ),
        FAIL,
        "root_explicit root_possible",
        message="containers api, other may run as root",
    ),
    Case(NON_ROOT, API, secured(run_as_non_root=None, run_as_user=1000), PASS),
    # What a container says overrides the pod.
    Case(NON_ROOT, API, app_container(security=Security()), PASS),
    Case(NON_ROOT, API, app_container(security=security(run_as_non_root=False, run_as_user=0)), FAIL, "root_explicit"),
    Case(NON_ROOT, API, initial(run_as_non_root=False), FAIL, "root_possible"),
    Case(
        NON_ROOT,
        API,
        app_template(container(security=Security()), security=Security(), host_users=False),
        WARN,
        "root_possible",
        message="container api may run as root of a user namespace",
    ),
    Case(NON_ROOT, API, WINDOWS, NA, "windows"),
    Case(NON_ROOT, API, app_template(node_selector={"kubernetes.io/os": "windows"}), NA, "windows"),
    Case(NON_ROOT, SYSTEM, nothing, NA, "system_namespace"),
    Case(NON_ROOT, SYSTEM, nothing, FAIL, "root_possible", parameters=INCLUDED),
    Case(NON_ROOT, SYSTEM, nothing, FAIL, "root_possible", parameters={"system-namespaces": ["payments"]}),
    Case(NON_ROOT, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(NON_ROOT, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
    Case(NON_ROOT, "Pod/*", without("pods"), UNKNOWN, "access_denied"),
    Case(PRIVILEGED, API, secured(privileged=True), FAIL, "privileged", message="container api: privileged"),
    Case(PRIVILEGED, API, initial(privileged=True), FAIL, "privileged"),
    Case(PRIVILEGED, API, secured(host_process=True), FAIL, "host_process"),
    Case(PRIVILEGED, API, app_template(security=Security(host_process=True)), FAIL, "host_process"),
    Case(
        PRIVILEGED,
        API,
        app_template(container(security=Security(host_process=False)), security=Security(host_process=True)),
        PASS,
    ),
    Case(PRIVILEGED, AGENT, agent(privileged=True), NA, "node_agent"),
    Case(PRIVILEGED, AGENT, agent(privileged=True), FAIL, "privileged", parameters={"agent-allow-list": ["falco"]}),
    Case(PRIVILEGED, SYSTEM, nothing, NA, "system_namespace"),
    Case(PRIVILEGED, SYSTEM, nothing, NA, "node_agent", parameters=INCLUDED),
    Case(PRIVILEGED, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(PRIVILEGED, "DaemonSet/*", without("daemon_sets"), UNKNOWN, "access_denied"),
    Case(ESCALATION, API, secured(allow_privilege_escalation=None), FAIL, "privilege_escalation"),
    Case(ESCALATION, API, secured(allow_privilege_escalation=True), FAIL, "privilege_escalation"),
    Case(
        ESCALATION,
        API,
        initial(allow_privilege_escalation=None),
        FAIL,
        message="container setup may escalate privileges",
        reasons="privilege_escalation",
    ),
    Case(ESCALATION, API, secured(privileged=True, allow_privilege_escalation=None), NA, "privileged"),
    Case(ESCALATION, API, initial(privileged=True, allow_privilege_escalation=None), PASS),
    Case(ESCALATION, API, WINDOWS, NA, "windows"),
    Case(ESCALATION, SYSTEM, nothing, NA, "system_namespace"),
    Case(ESCALATION, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(ESCALATION, "StatefulSet/*", without("stateful_sets"), UNKNOWN, "access_denied"),
    Case(CAPABILITIES, API, secured(capabilities_added=("cap_chown",)), FAIL, "capability_added"),
    Case(
        CAPABILITIES, API, secured(capabilities_added=("CAP_SYS_ADMIN",)), FAIL, "capability_added", severity=CRITICAL
    ),
    Case(CAPABILITIES, API, initial(capabilities_added=("net_admin",)), FAIL, "capability_added", severity=CRITICAL),
    Case(CAPABILITIES, API, secured(capabilities_added=("NET_BIND_SERVICE",)), PASS),
    Case(CAPABILITIES, API, secured(capabilities_added=("CHOWN",)), PASS, parameters={"allowed-add": ["CAP_CHOWN"]}),
    Case(
        CAPABILITIES,
        API,
        secured(capabilities_dropped=("NET_RAW",)),
        WARN,
        "drop_all_missing",
        message="container api does not drop ALL",
    ),
    Case(CAPABILITIES, API, secured(capabilities_dropped=("all",)), PASS),
    Case(CAPABILITIES, API, initial(capabilities_dropped=()), PASS),
    Case(
        CAPABILITIES,
        API,
        secured(capabilities_dropped=()),
        FAIL,
        "drop_all_missing",
        parameters={"require-drop-all": "fail"},
    ),
    Case(CAPABILITIES, API, secured(capabilities_dropped=()), PASS, parameters={"require-drop-all": "off"}),
    Case(CAPABILITIES, API, secured(), UNKNOWN, "control_error", parameters={"require-drop-all": "sometimes"}),
    Case(CAPABILITIES, AGENT, agent(capabilities_added=("SYS_ADMIN",)), NA, "node_agent"),
    Case(CAPABILITIES, API, WINDOWS, NA, "windows"),
    Case(CAPABILITIES, SYSTEM, nothing, NA, "system_namespace"),
    Case(CAPABILITIES, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(CAPABILITIES, "Job/*", without("jobs"), UNKNOWN, "access_denied"),
    Case(SYSCTLS, API, app_template(security=Security(sysctls=("kernel.msgmax",))), FAIL, "unsafe_sysctl"),
    Case(SYSCTLS, API, app_template(security=Security(sysctls=("net/ipv4/tcp_syncookies",))), WARN, "safe_sysctl"),
    Case(
        SYSCTLS,
        API,
        app_template(security=Security(sysctls=("net.ipv4.tcp_syncookies", "kernel.msgmax"))),
        FAIL,
        "unsafe_sysctl",
        message="the pod sets kernel.msgmax",
    ),
    Case(
        SYSCTLS,
        API,
        app_template(security=Security(sysctls=("kernel.msgmax",))),
        WARN,
        "safe_sysctl",
        parameters={"safe": ["kernel.msgmax"]},
    ),
    Case(SYSCTLS, SYSTEM, nothing, NA, "system_namespace"),
    Case(SYSCTLS, "CronJob/*", without("cron_jobs"), UNKNOWN, "access_denied"),
    Case(READ_ONLY, API, secured(read_only_root_filesystem=None), FAIL, "writable_root"),
    Case(READ_ONLY, API, initial(read_only_root_filesystem=False), FAIL, "writable_root"),
    Case(READ_ONLY, API, WINDOWS, NA, "windows"),
    Case(READ_ONLY, SYSTEM, nothing, NA, "system_namespace"),
    Case(READ_ONLY, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(READ_ONLY, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_security(case: Case) -> None:
    check(case)


def test_agents_are_known_by_image_not_by_name() -> None:
    named_like_one = component("DaemonSet", "falco", "docker.io/evil/tool:1")
    privileged = workload(
        "DaemonSet",
        "tools",
        "falco",
        template=template(container(image="docker.io/evil/tool:1", security=security(privileged=True))),
    )
    check(
        Case(
            PRIVILEGED,
            "DaemonSet/tools/falco",
            section("daemon_sets", read((named_like_one, privileged))),
            FAIL,
            "privileged",
        )
    )
