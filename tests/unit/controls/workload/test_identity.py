import pytest

from plumbline.domain.evidence.eks import PodIdentity
from plumbline.domain.evidence.kubernetes import rbac
from plumbline.domain.evidence.kubernetes.cluster import ServiceAccount
from plumbline.domain.evidence.kubernetes.objects import AnnotatedMeta
from plumbline.domain.evidence.kubernetes.workloads import EnvVar, Volume
from tests.unit.baseline import listed
from tests.unit.changes import Change, all_of, each, nothing, section, without
from tests.unit.controls.application import API, DEPLOYMENTS, app, app_container, app_template, beside
from tests.unit.controls.cases import FAIL, HIGH, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import APP, container, in_app, service_account, template, workload

SECRETS, ACCOUNT = "workload.secrets-as-files", "workload.service-account"
SYSTEM = "DaemonSet/kube-system/aws-node"
NO_CONTAINERS = app(template=template().__class__())


def env(*variables: EnvVar) -> Change:
    return app_container(env=variables)


def mounting(account: str = "api", *, token: bool | None = None) -> Change:
    return app_template(service_account=account, automount_token=token)


SILENT = each("service_accounts", ServiceAccount(metadata=AnnotatedMeta(name="api", namespace=APP)))


def binding(kind: str = "ServiceAccount", name: str = "api", namespace: str = APP) -> Change:
    subject = rbac.RbacSubject(kind=kind, name=name, namespace=namespace)
    role = rbac.RoleReference(kind="Role", name="reader")
    return each("role_bindings", rbac.RoleBinding(metadata=in_app("api"), role_ref=role, subjects=(subject,)))


def identity(namespace: str) -> Change:
    return section("pod_identities", listed(a=PodIdentity("a", namespace=namespace, service_account="api")))


NOBODY = all_of(each("service_accounts", service_account(APP, "api")), section("pod_identities", listed()))
ANOTHER = beside("stateful_sets", workload("StatefulSet", APP, "db", template=template(service_account="api")))
SETTER = container("setup", init=True, env=(EnvVar("X", secret="db"),))

CASES = [
    Case(
        SECRETS,
        API,
        env(EnvVar("DB_PASSWORD", literal=True), EnvVar("HOST", literal=True)),
        FAIL,
        "literal_secret",
        severity=HIGH,
        message="container api: DB_PASSWORD with a literal value",
    ),
    Case(SECRETS, API, env(EnvVar("ApiKey", literal=True)), FAIL, "literal_secret", severity=HIGH),
    Case(SECRETS, API, env(EnvVar("PASSWORD")), PASS),
    Case(SECRETS, API, env(EnvVar("PASSWORD_FILE", literal=True), EnvVar("secret_arn", literal=True)), PASS),
    Case(SECRETS, API, env(EnvVar("HOST", literal=True)), PASS),
    Case(
        SECRETS,
        API,
        env(EnvVar("X", secret="db")),
        FAIL,
        "secret_variable",
        message="container api: from the Secret db",
    ),
    Case(SECRETS, API, app_container(env_from_secrets=("db",)), FAIL, "secret_variable"),
    Case(SECRETS, API, app_template(SETTER, container()), FAIL, "secret_variable"),
    Case(
        SECRETS,
        API,
        env(EnvVar("TOKEN", literal=True), EnvVar("X", secret="db")),
        FAIL,
        "literal_secret secret_variable",
        severity=HIGH,
    ),
    Case(SECRETS, API, env(EnvVar("TOKEN", literal=True)), PASS, parameters={"secret-name-pattern": "PIN"}),
    Case(SECRETS, API, nothing, UNKNOWN, "control_error", parameters={"secret-name-pattern": "("}),
    Case(SECRETS, SYSTEM, nothing, NA, "system_namespace"),
    Case(SECRETS, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(SECRETS, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
    Case(ACCOUNT, API, mounting("default", token=True), FAIL, "default_account"),
    Case(ACCOUNT, API, mounting("default"), PASS),
    Case(ACCOUNT, API, all_of(mounting("default"), without("service_accounts")), UNKNOWN, "access_denied"),
    Case(
        ACCOUNT,
        API,
        app_template(service_account="default", volumes=(Volume(name="t", service_account_token=True),)),
        FAIL,
        "default_account",
    ),
    Case(ACCOUNT, API, mounting(token=True), PASS),
    Case(ACCOUNT, API, all_of(NOBODY, mounting(token=True)), WARN, "unused_token"),
    # The account says so where the pod says nothing.
    Case(ACCOUNT, API, all_of(NOBODY, mounting()), PASS),
    Case(ACCOUNT, API, all_of(NOBODY, SILENT, mounting()), WARN, "unused_token"),
    Case(ACCOUNT, API, all_of(NOBODY, each("service_accounts"), mounting()), WARN, "unused_token"),
    Case(ACCOUNT, API, all_of(NOBODY, mounting(token=True), binding()), PASS),
    Case(ACCOUNT, API, all_of(NOBODY, mounting(token=True), binding(namespace="")), PASS),
    Case(ACCOUNT, API, all_of(NOBODY, mounting(token=True), binding("User")), WARN, "unused_token"),
    Case(ACCOUNT, API, all_of(NOBODY, mounting(token=True), binding(namespace="other")), WARN, "unused_token"),
    Case(ACCOUNT, API, all_of(NOBODY, mounting(token=True), identity(APP)), PASS),
    Case(ACCOUNT, API, all_of(NOBODY, mounting(token=True), identity("other")), WARN, "unused_token"),
    Case(ACCOUNT, API, all_of(NOBODY, mounting(token=True), without("role_bindings")), UNKNOWN, "access_denied"),
    Case(ACCOUNT, API, all_of(NOBODY, mounting(token=True), without("pod_identities")), UNKNOWN, "access_denied"),
    Case(ACCOUNT, API, ANOTHER, WARN, "shared_account", message="2 workloads share the account api"),
    Case(ACCOUNT, API, ANOTHER, PASS, parameters={"share-limit": 2}),
    Case(ACCOUNT, API, all_of(NOBODY, ANOTHER), PASS),
    # A violation that can be seen is one, whatever else could not be read.
    Case(ACCOUNT, API, all_of(ANOTHER, without("daemon_sets"), without("role_bindings")), WARN, "shared_account"),
    Case(ACCOUNT, API, without("daemon_sets"), UNKNOWN, "access_denied"),
    Case(ACCOUNT, API, all_of(NOBODY, without("daemon_sets")), PASS),
    Case(ACCOUNT, SYSTEM, nothing, NA, "system_namespace"),
    Case(ACCOUNT, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_identity(case: Case) -> None:
    check(case)
