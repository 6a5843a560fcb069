"""`plumbline scan --kubernetes`: inside the clusters that AWS lists."""

import json

import pytest

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS
from plumbline.domain.reach import KUBERNETES_ACCESS
from plumbline.domain.subject import Subject
from plumbline_cli.scanning import account
from plumbline_cli.scanning.insides import AT_ONCE, insides_of
from tests.adapters.aws.stub import ACCOUNT, NOW, REGION, Refusal, SimulatedAws
from tests.cli.clusters import Insides
from tests.cli.scanning import Scan, rows_of

HOST_PATH = ("--control", "workload.host-path", "--format", "jsonl")


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> Insides:
    found = Insides()
    monkeypatch.setattr(account, "of_eks", lambda sessions: found)
    return found


def test_workloads_are_judged_in_every_cluster(scan: Scan, inside: Insides) -> None:
    rows = rows_of(scan("--kubernetes", *HOST_PATH))
    judged = {(row["cluster"], row["resource_kind"], row["resource_name"]) for row in rows}
    assert ("cluster-0000", "Deployment", "payments/api") in judged
    assert ("cluster-0001", "Deployment", "payments/api") in judged
    assert {(subject.account, subject.region, subject.cluster) for subject, _ in inside.asked} == {
        (ACCOUNT, REGION, "cluster-0000"),
        (ACCOUNT, REGION, "cluster-0001"),
    }


def test_only_the_lists_that_the_controls_need_are_read(scan: Scan, inside: Insides) -> None:
    scan("--kubernetes", "--control", "namespace.naming-convention", "--format", "jsonl")
    assert [sections for _, sections in inside.asked] == [{"api_groups", "namespaces"}] * 2


def test_the_insides_are_not_read_for_controls_that_need_none(scan: Scan, inside: Insides) -> None:
    result = scan("--kubernetes", "--control", "logging.audit-log", "--format", "jsonl")
    assert (len(rows_of(result)), inside.asked) == (2, [])


def test_without_the_option_nobody_looks_inside_and_the_summary_says_what_that_leaves_out(
    scan: Scan, inside: Insides
) -> None:
    result = scan("--format", "jsonl")
    without = [control.id for control in load_catalogue() if control.needs_kubernetes]
    assert inside.asked == []
    assert not {row["control"] for row in rows_of(result)} & {*without, KUBERNETES_ACCESS.id}
    assert result.stderr.splitlines()[-1] == (
        f"{len(without)} controls were left out for want of the clusters' Kubernetes APIs (--kubernetes)."
    )


def test_with_the_option_both_sides_are_judged(scan: Scan, inside: Insides) -> None:
    result = scan("--kubernetes", "--format", "jsonl")
    judged = {row["control"] for row in rows_of(result)}
    assert {"workload.host-path", "rbac.no-wildcards", "logging.audit-log", KUBERNETES_ACCESS.id} <= judged
    # What both sides decide together.
    assert {"version.kubelet-skew", "addon.component-skew"} <= judged
    assert inside.asked[0][1] == frozenset(KUBERNETES_SECTIONS)
    assert "left out" not in result.stderr


def test_controls_of_the_inside_alone_need_the_option(scan: Scan) -> None:
    result = scan("--control", "workload.*", "--control", "rbac.*")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "Error: 'workload.*' and 'rbac.*' can only be judged inside the clusters: add --kubernetes\n"
    )


def test_a_cluster_that_cannot_be_reached_is_one_finding_and_unknown_for_the_rest(scan: Scan, inside: Insides) -> None:
    inside.unreachable["cluster-0001"] = "dns: no such host"
    result = scan("--kubernetes", *HOST_PATH, "--control", "cluster.kubernetes-access")
    rows = rows_of(result)
    told = [(row["cluster"], row["status"], row["reason"]) for row in rows if row["control"] == KUBERNETES_ACCESS.id]
    assert told == [("cluster-0000", "PASS", ""), ("cluster-0001", "FAIL", "dns")]
    others = {(row["status"], row["reason"]) for row in rows if row["cluster"] == "cluster-0001"} - {("FAIL", "dns")}
    assert others == {("UNKNOWN", "endpoint_unreachable")}
    assert result.exit_code == 3
    assert "endpoint_unreachable: dns: no such host" in result.stderr


@pytest.mark.parametrize("form", ["table", "html"])
def test_people_are_told_once_that_a_cluster_is_closed(scan: Scan, inside: Insides, form: str) -> None:
    inside.unreachable["cluster-0001"] = "dns: no such host"
    arguments = ("--kubernetes", "--cluster", "cluster-0001", "--control", "workload.*", "--control", "rbac.*")
    unknown = len(rows_of(scan(*arguments, "--format", "jsonl")))
    told = scan(*arguments, "--format", form).stdout
    assert told.count("dns: no such host") == (1 if form == "table" else 2)
    assert f"{unknown} UNKNOWN" in told
    assert "could not be read inside: dns: no such host" in told
    assert "Nothing to report" not in told


def test_a_list_that_is_refused_leaves_the_others(scan: Scan, inside: Insides) -> None:
    inside.denied = frozenset({"cron_jobs"})
    rows = rows_of(scan("--kubernetes", "--cluster", "*-0000", *HOST_PATH, "--control", "cluster.kubernetes-access"))
    by_control = {row["control"]: row for row in rows if row["resource_kind"] in ("cluster", "CronJob")}
    assert by_control["cluster.kubernetes-access"]["observed"] == {"denied": {"cron_jobs": "access_denied"}}
    assert by_control["workload.host-path"]["reason"] == "access_denied"
    assert {row["status"] for row in rows if row["resource_kind"] == "Deployment"} == {"PASS", "NOT_APPLICABLE"}


def test_the_closed_inside_counts_for_the_limit(scan: Scan, inside: Insides) -> None:
    inside.unreachable = {"cluster-0000": "tls: no", "cluster-0001": "tls: no"}
    arguments = ("--kubernetes", "--control", "cluster.kubernetes-access", "--format", "jsonl", "--fail-on")
    assert [scan(*arguments, limit).exit_code for limit in ("high", "medium")] == [0, 1]


def test_clusters_that_could_not_be_listed_are_unknown_inside(scan: Scan, inside: Insides, aws: SimulatedAws) -> None:
    aws.refuse("eks:ListClusters", Refusal("AccessDeniedException", 403))
    rows = rows_of(scan("--kubernetes", *HOST_PATH))
    assert {(row["cluster"], row["status"], row["reason"]) for row in rows} == {("*", "UNKNOWN", "access_denied")}
    assert inside.asked == []


def test_few_clusters_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = Insides()
    subjects = [Subject(ACCOUNT, REGION, f"cluster-{number:04}") for number in range(12)]
    reading = insides_of(inside, subjects, frozenset({"api_groups"}), NOW)
    for read, (subject, _) in enumerate(reading):
        assert subject == subjects[read]
        assert len(inside.asked) <= read + AT_ONCE
    assert len(inside.asked) == len(subjects)


def test_the_page_and_the_table_show_what_is_inside(scan: Scan, inside: Insides) -> None:
    inside.denied = frozenset({"cron_jobs"})
    arguments = ("--kubernetes", "--control", "workload.*", "--control", "namespace.*")
    table, page = scan(*arguments).stdout, scan(*arguments, "--format", "html").stdout
    assert "CronJob *" in table
    assert "<td>CronJob *</td>" in page
    document = json.loads(scan(*arguments, "--format", "json").stdout)
    assert (document["kubernetes"], document["context"]) == (True, "")
