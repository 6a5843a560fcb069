"""What is kept of a pod template, and what never is."""

from typing import Any

import msgspec
import pytest

from plumbline.adapters.kubernetes import wire, workloads
from plumbline.adapters.kubernetes.templates import template_of
from plumbline.domain.evidence.kubernetes.objects import LabelSelector, Requirement
from plumbline.domain.evidence.kubernetes.workloads import (
    AntiAffinity,
    Container,
    EnvVar,
    Mount,
    PodTemplate,
    Port,
    PreStop,
    Security,
    SpreadConstraint,
    Volume,
)

CNI = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1"


def reduced(annotations: dict[str, str] | None = None, **spec: Any) -> PodTemplate:
    decoded = msgspec.convert({"containers": [{"name": "c"}]} | spec, wire.PodSpec)
    return template_of(wire.TemplateMeta(annotations=annotations or {}), decoded)


def container(**members: Any) -> Container:
    return reduced(containers=[{"name": "c"} | members]).containers[0]


# --- what is never kept


def test_values_of_variables_are_not_kept() -> None:
    secret = {"secretKeyRef": {"name": "db", "key": "password"}}
    given = [
        {"name": "A", "value": "hunter2"},
        {"name": "B"},
        {"name": "C", "value": ""},
        {"name": "D", "valueFrom": secret},
        {"name": "E", "value": "id=AKIAIOSFODNN7EXAMPLE;"},
        {"name": "F", "value": "ASIA0123456789ABCDEF"},
        {"name": "G", "value": "AKIAtooshort"},
    ]
    found = container(env=given).env
    assert found == (
        EnvVar("A", literal=True),
        EnvVar("B"),
        EnvVar("C"),
        EnvVar("D", secret="db"),
        EnvVar("E", literal=True, access_key=True),
        EnvVar("F", literal=True, access_key=True),
        EnvVar("G", literal=True),
    )
    assert "hunter2" not in repr(found)


def test_switches_of_the_cni_are_kept_as_yes_or_no() -> None:
    env = [{"name": "ENABLE_PREFIX_DELEGATION", "value": "True"}, {"name": "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
           "value": "hunter2"}, {"name": "WARM_IP_TARGET", "value": "5"}]  # fmt: skip
    assert [one.setting for one in container(image=CNI, env=env).env] == ["true", "false", ""]
    assert [one.setting for one in container(image="app", env=env).env] == ["", "", ""]


def test_commands_and_arguments_are_not_kept() -> None:
    found = container(command=["run", "--password=hunter2"], args=["--token", "hunter2", "hunter2"])
    assert found.flags == {}
    assert "hunter2" not in repr(found)


def test_values_of_annotations_are_kept_when_they_are_read_or_yes_or_no() -> None:
    profile = "container.apparmor.security.beta.kubernetes.io/c"
    given = {profile: "runtime/default", "wa/handles-sigterm": "true", "off": "False", "example.com/key": "hunter2"}
    assert reduced(given).annotations == given | {"example.com/key": ""}


# --- what is


@pytest.mark.parametrize(
    ("command", "args", "flags"),
    [
        (["a", "--balance-similar-node-groups"], [], {"balance-similar-node-groups": "true"}),
        ([], ["--balance-similar-node-groups=false"], {"balance-similar-node-groups": "false"}),
        ([], ["--enable-network-policy", "true"], {"enable-network-policy": "true"}),
        ([], ["-enable-network-policy=true"], {"enable-network-policy": "true"}),
        (["--balance-similar-node-groups"], ["--v=4"], {"balance-similar-node-groups": "true"}),
        (
            ["sh", "-c", "exec ca --node-group-auto-discovery=asg:tag=a,b --balance-similar-node-groups=true"],
            [],
            {"node-group-auto-discovery": "asg:tag=a,b", "balance-similar-node-groups": "true"},
        ),
    ],
)
def test_flags_that_controls_read(command: list[str], args: list[str], flags: dict[str, str]) -> None:
    assert container(command=command, args=args).flags == flags


def test_init_containers_and_sidecars_are_told_apart() -> None:
    found = reduced(initContainers=[{"name": "i"}, {"name": "s", "restartPolicy": "Always"}]).containers
    assert [(one.name, one.init, one.sidecar) for one in found] == [
        ("i", True, False),
        ("s", True, True),
        ("c", False, False),
    ]


def test_security_contexts() -> None:
    given = {
        "runAsNonRoot": True,
        "runAsUser": 0,
        "privileged": False,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]},
        "seccompProfile": {"type": "Localhost", "localhostProfile": "p"},
        "appArmorProfile": {"type": "RuntimeDefault"},
        "seLinuxOptions": {"type": "t"},
        "windowsOptions": {"hostProcess": True},
    }
    assert container(securityContext=given).security == Security(
        run_as_non_root=True,
        run_as_user=0,
        privileged=False,
        host_process=True,
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        capabilities_added=("NET_ADMIN",),
        capabilities_dropped=("ALL",),
        seccomp="Localhost",
        app_armor="RuntimeDefault",
        selinux=True,
    )
    assert container().security == Security()
    assert container(securityContext={"seLinuxOptions": {}}).security == Security()
    pod = reduced(securityContext={"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]})
    assert pod.security == Security(sysctls=("net.core.somaxconn",))


def test_ports_mounts_and_sources() -> None:
    found = container(
        ports=[{"containerPort": 53, "protocol": "UDP", "hostPort": 53, "name": "dns"}, {"containerPort": 80}],
        volumeMounts=[{"name": "a", "mountPath": "/a", "readOnly": True}, {"name": "kube-api-access-x7k2p"}],
        envFrom=[{"secretRef": {"name": "s"}}, {"configMapRef": {"name": "m"}}],
        resources={"requests": {"cpu": "1"}, "limits": {"nvidia.com/gpu": "1"}},
    )
    assert found.ports == (Port(53, "dns", 53, "UDP"), Port(80))
    assert found.mounts == (Mount("a", read_only=True),)
    assert found.env_from_secrets == ("s",)
    assert (found.requests, found.limits) == ({"cpu": "1"}, {"nvidia.com/gpu": "1"})


def test_probes_have_the_apis_defaults_and_a_digest_of_what_they_ask() -> None:
    get = {"path": "/ready", "port": 8080}
    found = container(
        readinessProbe={"httpGet": get},
        livenessProbe={"httpGet": dict(reversed(get.items())), "periodSeconds": 5, "timeoutSeconds": 2,
                       "initialDelaySeconds": 7, "failureThreshold": 6},
        startupProbe={"exec": {"command": ["cat", "hunter2"]}},
    )  # fmt: skip
    readiness, liveness, startup = found.readiness, found.liveness, found.startup
    assert readiness is not None
    assert liveness is not None
    assert startup is not None
    assert (readiness.kind, readiness.period, readiness.timeout, readiness.failure_threshold) == ("httpGet", 10, 1, 3)
    assert (liveness.period, liveness.timeout, liveness.initial_delay, liveness.failure_threshold) == (5, 2, 7, 6)
    assert readiness.handler == liveness.handler != startup.handler
    assert startup.kind == "exec"
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("hook", "sleep"),
    [
        ({"sleep": {"seconds": 10}}, 10),
        ({"exec": {"command": ["sleep", "15"]}}, 15),
        ({"exec": {"command": ["/bin/sh", "-c", "sleep 2m"]}}, 120),
        ({"exec": {"command": ["sh", "-c", "sleep 5; nginx -s quit"]}}, None),
        ({"exec": {"command": ["/usr/bin/drain"]}}, None),
        ({"exec": {}}, None),
        ({"httpGet": {"path": "/drain", "port": 80}}, None),
    ],
)
def test_hooks_before_the_stop(hook: dict[str, Any], sleep: int | None) -> None:
    assert container(lifecycle={"preStop": hook}).pre_stop == PreStop(sleep)


def test_without_a_hook_there_is_none() -> None:
    assert container(lifecycle={"postStart": {"exec": {}}}).pre_stop is None
    assert container().pre_stop is None


def test_volumes() -> None:
    token = {"sources": [{"serviceAccountToken": {"path": "t", "audience": "sts"}}]}
    found = reduced(
        volumes=[
            {"name": "h", "hostPath": {"path": "/var/run"}},
            {"name": "c", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "t", "projected": token},
            {"name": "m", "projected": {"sources": [{"configMap": {"name": "m"}}]}},
            {"name": "kube-api-access-x7k2p", "projected": token},
        ]
    )
    assert found.volumes == (
        Volume(name="h", host_path="/var/run"),
        Volume(name="c", claim="data"),
        Volume(name="t", service_account_token=True),
        Volume(name="m"),
    )


def test_placement() -> None:
    term = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}}
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    found = reduced(
        affinity={
            "nodeAffinity": {
                required: {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": "arch", "operator": "In", "values": ["arm64"]}]},
                        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]},
                    ]
                }
            },
            "podAntiAffinity": {required: [term], preferred: [{"weight": 1, "podAffinityTerm": term}]},
        },
        topologySpreadConstraints=[
            {"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": None},
            {"topologyKey": "host", "whenUnsatisfiable": "DoNotSchedule"},
        ],
        tolerations=[{"operator": "Exists", "tolerationSeconds": 3}],
        nodeSelector={"a": "b"},
    )
    selector = LabelSelector(match_labels={"a": "b"})
    assert found.node_affinity == ((Requirement(key="arch", operator="In", values=("arm64",)),), ())
    assert found.anti_affinity == (
        AntiAffinity(topology_key="zone", selector=selector, required=True),
        AntiAffinity(topology_key="zone", selector=selector, required=False),
    )
    assert found.spread == (
        SpreadConstraint(topology_key="zone", selector=None, required=False),
        SpreadConstraint(topology_key="host", selector=None, required=True),
    )
    assert [(one.key, one.operator) for one in found.tolerations] == [("", "Exists")]


def test_the_pod_as_a_whole() -> None:
    found = reduced(
        serviceAccountName="api",
        automountServiceAccountToken=False,
        hostNetwork=True,
        hostPID=True,
        hostIPC=True,
        hostUsers=False,
        os={"name": "windows"},
        terminationGracePeriodSeconds=0,
        readinessGates=[{"conditionType": "a"}],
        schedulerName="mine",
        resources={"requests": {"cpu": "2"}, "limits": {"cpu": "3"}},
    )
    assert (found.service_account, found.automount_token, found.os, found.scheduler) == (
        "api",
        False,
        "windows",
        "mine",
    )
    assert (found.host_network, found.host_pid, found.host_ipc, found.host_users) == (True, True, True, False)
    assert (found.grace_seconds, found.readiness_gates) == (0, 1)
    assert (found.requests, found.limits) == ({"cpu": "2"}, {"cpu": "3"})
    assert (reduced().service_account, reduced().grace_seconds) == ("default", 30)


# --- owners


def owner(kind: str = "", **members: Any) -> wire.Owner:
    references = [{"kind": kind, "name": "x", "controller": True}] if kind else []
    given = {
        "metadata": {"name": "api", "namespace": "team", "ownerReferences": references},
        "spec": {"template": {"metadata": {"creationTimestamp": None}, "spec": {"containers": [{"name": "c"}]}}},
    }
    given["spec"] |= members.get("spec", {})
    return msgspec.convert(given | {"status": members.get("status", {})}, wire.Owner)


def test_a_deployment() -> None:
    found = workloads.deployment(
        owner(spec={"replicas": 3, "strategy": {"type": "Recreate"}}, status={"readyReplicas": 2, "replicas": 3})
    )
    assert (found.kind, found.path, found.replicas, found.ready, found.desired) == ("Deployment", "team/api", 3, 2, 3)
    assert (found.strategy, found.owner) == ("Recreate", "")


def test_a_stateful_set_with_claims() -> None:
    claims = [{"metadata": {"name": "data"}, "spec": {"storageClassName": "gp3"}}, {"metadata": {"name": "logs"}}]
    found = workloads.stateful_set(owner(spec={"volumeClaimTemplates": claims}))
    assert [(one.name, one.storage_class) for one in found.claims] == [("data", "gp3"), ("logs", None)]
    assert (found.kind, found.replicas) == ("StatefulSet", None)


def test_a_daemon_set() -> None:
    found = workloads.daemon_set(owner(status={"numberReady": 4, "desiredNumberScheduled": 5}))
    assert (found.kind, found.ready, found.desired) == ("DaemonSet", 4, 5)


def test_jobs_of_a_cron_job_are_left_out() -> None:
    assert workloads.job(owner("CronJob")) is None
    found = workloads.job(owner("Workflow", spec={"ttlSecondsAfterFinished": 0}))
    assert found is not None
    assert (found.kind, found.owner, found.ttl) == ("Job", "Workflow", True)


def test_a_cron_job() -> None:
    made = owner(spec={"ttlSecondsAfterFinished": 60})
    spec = wire.CronJobSpec(job_template=wire.JobTemplate(spec=made.spec), schedule="0 3 * * *")
    found = workloads.cron_job(wire.CronJob(metadata=made.metadata, spec=spec))
    assert (found.kind, found.schedule, found.ttl) == ("CronJob", "0 3 * * *", True)
    assert [one.name for one in found.template.containers] == ["c"]
