from typing import Any

import msgspec
import pytest

from plumbline.domain.evidence.eks import FargateSelector
from plumbline.domain.evidence.kubernetes import cluster as kubernetes
from plumbline.domain.evidence.kubernetes.objects import AnnotatedMeta, Meta, Requirement
from plumbline.domain.evidence.kubernetes.workloads import ClaimTemplate, Port, Security, Volume
from tests.unit.baseline import listed
from tests.unit.changes import Change, all_of, each, item, nothing, section, undescribed, without
from tests.unit.controls.application import API, DEPLOYMENTS, app, app_container, app_template, beside
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import APP, container, in_app, template, workload

RUNS, SIZES = "fargate.incompatible-workloads", "fargate.resource-sizing"
COREDNS = "Deployment/kube-system/coredns"
NO_PROFILES = section("fargate_profiles", listed())
NO_CONTAINERS = app(template=msgspec.structs.replace(template(), containers=()))
EBS, EFS = "ebs.csi.aws.com", "efs.csi.aws.com"


def selecting(namespace: str, **labels: str) -> Change:
    return item("fargate_profiles", "batch", selectors=(FargateSelector(namespace=namespace, labels=labels),))


def requiring(key: str, operator: str, *values: str) -> tuple[tuple[Requirement, ...], ...]:
    return ((Requirement(key=key, operator=operator, values=values),),)


ALL = selecting("*")


def claiming(*, volume: str = "", storage_class: str | None = None) -> Change:
    spec = kubernetes.ClaimSpec(volume_name=volume, storage_class_name=storage_class)
    return all_of(
        app_template(volumes=(Volume(name="data", claim="data"),)),
        each("persistent_volume_claims", kubernetes.PersistentVolumeClaim(metadata=in_app("data"), spec=spec)),
    )


def bound(**members: Any) -> Change:
    spec = kubernetes.PersistentVolumeSpec(**members)
    volume = kubernetes.PersistentVolume(metadata=Meta(name="pv"), spec=spec)
    return all_of(claiming(volume="pv"), each("persistent_volumes", volume))


def csi(driver: str, **attributes: str) -> Change:
    return bound(csi=kubernetes.CsiVolume(driver=driver, volume_attributes=attributes))


def storage_class(provisioner: str, *, default: bool = False, **parameters: str) -> Change:
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    metadata = AnnotatedMeta(name="class", annotations=annotations)
    return each(
        "storage_classes", kubernetes.StorageClass(metadata=metadata, provisioner=provisioner, parameters=parameters)
    )


def stateful(name: str | None) -> Change:
    claims = (ClaimTemplate("data", name),)
    return beside("stateful_sets", workload("StatefulSet", APP, "db", claims=claims))


def agent(**members: Any) -> Change:
    return beside("daemon_sets", workload("DaemonSet", APP, "agent", template=template(**members)))


def job(kind: str, *, ttl: bool) -> Change:
    return beside("jobs" if kind == "Job" else "cron_jobs", workload(kind, APP, "once", ttl=ttl))


DB, AGENT = "StatefulSet/payments/db", "DaemonSet/payments/agent"
PROVISIONED = {"storage.kubernetes.io/csiProvisionerIdentity": "1-efs.csi.aws.com"}

CASES = [
    Case(
        RUNS,
        API,
        app_container(security=Security(privileged=True)),
        FAIL,
        "privileged",
        message="Fargate cannot run it: privileged",
    ),
    Case(RUNS, API, app_template(host_network=True), FAIL, "host_network"),
    Case(RUNS, API, app_container(ports=(Port(80, host_port=80),)), FAIL, "host_port"),
    Case(RUNS, API, app_template(volumes=(Volume(name="h", host_path="/var/log"),)), FAIL, "host_path"),
    Case(RUNS, API, app_container(limits={"nvidia.com/gpu": "1"}), FAIL, "gpu"),
    Case(RUNS, API, app_template(os="windows"), FAIL, "windows"),
    Case(RUNS, API, app_template(node_selector={"kubernetes.io/arch": "arm64"}), FAIL, "arm64"),
    Case(RUNS, API, app_template(node_affinity=requiring("kubernetes.io/arch", "In", "arm64")), FAIL, "arm64"),
    Case(RUNS, API, app_template(node_affinity=requiring("kubernetes.io/arch", "In", "arm64", "amd64")), PASS),
    Case(RUNS, API, csi(EBS), FAIL, "ebs_volume"),
    Case(RUNS, API, bound(aws_elastic_block_store=kubernetes.ElasticBlockStore(volume_id="vol-1")), FAIL, "ebs_volume"),
    Case(RUNS, API, csi(EFS), PASS),
    Case(RUNS, API, csi(EFS, **PROVISIONED), FAIL, "dynamic_efs"),
    Case(RUNS, API, all_of(claiming(storage_class="class"), storage_class(EBS)), FAIL, "ebs_volume"),
    Case(RUNS, API, all_of(claiming(), storage_class(EBS, default=True)), FAIL, "ebs_volume"),
    Case(RUNS, API, all_of(claiming(), storage_class(EBS)), PASS),
    Case(RUNS, API, all_of(claiming(storage_class=""), storage_class(EBS, default=True)), PASS),
    Case(
        RUNS,
        API,
        all_of(claiming(storage_class="class"), storage_class(EFS, provisioningMode="efs-ap")),
        FAIL,
        "dynamic_efs",
    ),
    # A class without a mode is the name that volumes made by hand are found by.
    Case(RUNS, API, all_of(claiming(storage_class="class"), storage_class(EFS)), PASS),
    Case(RUNS, API, all_of(claiming(), each("persistent_volume_claims")), PASS),
    Case(RUNS, API, all_of(csi(EFS), without("persistent_volumes")), UNKNOWN, "access_denied"),
    Case(RUNS, API, all_of(claiming(), without("storage_classes")), UNKNOWN, "access_denied"),
    Case(RUNS, API, all_of(claiming(), without("persistent_volume_claims")), UNKNOWN, "access_denied"),
    Case(RUNS, DB, all_of(stateful("class"), storage_class(EBS)), FAIL, "ebs_volume"),
    Case(RUNS, DB, all_of(stateful(None), storage_class(EBS, default=True)), FAIL, "ebs_volume"),
    Case(RUNS, DB, all_of(stateful("class"), storage_class("fsx.csi.aws.com")), PASS),
    Case(RUNS, "Job/payments/once", job("Job", ttl=False), WARN, "job_no_ttl"),
    Case(RUNS, "Job/payments/once", job("Job", ttl=True), PASS),
    Case(RUNS, "CronJob/payments/once", job("CronJob", ttl=False), WARN, "job_no_ttl"),
    Case(RUNS, AGENT, agent(), WARN, "daemonset"),
    Case(RUNS, AGENT, agent(node_affinity=requiring("eks.amazonaws.com/compute-type", "NotIn", "fargate")), PASS),
    Case(
        RUNS,
        AGENT,
        agent(node_affinity=requiring("eks.amazonaws.com/compute-type", "In", "fargate")),
        WARN,
        "daemonset",
    ),
    Case(RUNS, AGENT, all_of(agent(), selecting("other")), NA, "not_selected"),
    Case(RUNS, AGENT, all_of(agent(), NO_PROFILES), NA, "no_profiles"),
    Case(RUNS, AGENT, all_of(agent(), undescribed("fargate_profiles", "batch")), UNKNOWN, "access_denied"),
    Case(RUNS, COREDNS, nothing, NA, "not_selected"),
    Case(RUNS, COREDNS, ALL, PASS),
    Case(RUNS, COREDNS, selecting("kube-s?stem"), PASS),
    Case(RUNS, COREDNS, selecting("kube-s?tem"), NA, "not_selected"),
    Case(RUNS, COREDNS, selecting("kube-system", **{"k8s-app": "core*"}), PASS),
    Case(RUNS, COREDNS, selecting("kube-system", **{"k8s-app": "coredns", "tier": "*"}), NA, "not_selected"),
    Case(RUNS, API, NO_PROFILES, NA, "no_profiles"),
    Case(RUNS, API, undescribed("fargate_profiles", "batch"), UNKNOWN, "access_denied"),
    Case(RUNS, API, all_of(ALL, NO_CONTAINERS), UNKNOWN, "parse_error"),
    Case(RUNS, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


def asking(cpu: str = "", memory: str = "") -> Change:
    amounts = {name: amount for name, amount in (("cpu", cpu), ("memory", memory)) if amount}
    return app_container(requests=amounts, limits={})


def after(cpu: str, memory: str) -> Change:
    setup = container("setup", init=True, requests={"cpu": cpu, "memory": memory}, limits={})
    return app_template(setup, container())


CASES += [
    Case(
        SIZES,
        API,
        nothing,
        PASS,
        message="0.25 vCPU and 0.5 GiB take the size of 0.25 vCPU and 0.5 GiB",
    ),
    Case(SIZES, API, asking("1", "8Gi"), PASS, message="1 vCPU and 8.25 GiB take the size of 2 vCPU and 9 GiB"),
    Case(SIZES, API, asking("900m", "7936Mi"), PASS, message="0.9 vCPU and 8 GiB take the size of 1 vCPU and 8 GiB"),
    Case(SIZES, API, asking("16", "119Gi"), PASS, message="16 vCPU and 119.2 GiB take the size of 16 vCPU and 120 GiB"),
    Case(SIZES, API, asking("16", "120Gi"), FAIL, "too_large"),
    Case(SIZES, API, asking("16500m", "1Gi"), FAIL, "too_large"),
    Case(SIZES, API, asking(), WARN, "no_request"),
    Case(SIZES, API, asking("100m", "256Mi"), WARN, "wasted"),
    Case(SIZES, API, asking("100m", "256Mi"), PASS, parameters={"max-waste": 0.6}),
    Case(SIZES, API, asking("250m", "3Gi"), PASS, message="0.25 vCPU and 3.25 GiB take the size of 0.5 vCPU and 4 GiB"),
    Case(SIZES, API, after("1", "1Gi"), PASS, message="1 vCPU and 1.25 GiB take the size of 1 vCPU and 2 GiB"),
    Case(SIZES, API, after("10m", "1Mi"), PASS, message="0.25 vCPU and 0.5 GiB take the size of 0.25 vCPU and 0.5 GiB"),
    # A limit stands for a request, and the pod's own word for those of its containers.
    Case(SIZES, API, app_container(requests={}, limits={"cpu": "250m", "memory": "256Mi"}), PASS),
    Case(
        SIZES,
        API,
        app_template(container(), requests={"cpu": "1", "memory": "2Gi"}),
        PASS,
        message="1 vCPU and 2.25 GiB take the size of 1 vCPU and 3 GiB",
    ),
    Case(SIZES, API, asking("1", "1Gi"), FAIL, "too_large", parameters={"sizes": {"0.25": [0.5]}}),
    Case(SIZES, API, nothing, UNKNOWN, "control_error", parameters={"sizes": {"small": [1]}}),
    Case(SIZES, API, asking("a lot"), UNKNOWN, "parse_error"),
    Case(SIZES, AGENT, agent(), NA, "daemon_set"),
    Case(SIZES, COREDNS, nothing, NA, "not_selected"),
    Case(SIZES, API, NO_PROFILES, NA, "no_profiles"),
    Case(SIZES, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(SIZES, API, undescribed("fargate_profiles", "batch"), UNKNOWN, "access_denied"),
    Case(SIZES, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_fargate(case: Case) -> None:
    check(case)
