import pytest

from plumbline.domain.evidence.kubernetes.workloads import EnvVar
from tests.unit.changes import Change, without
from tests.unit.controls.application import API, DEPLOYMENTS, app, app_container, app_template, beside
from tests.unit.controls.cases import CRITICAL, FAIL, HIGH, PASS, UNKNOWN, Case, check, label
from tests.unit.kubernetes_baseline import component, container, template

CREDENTIALS = "iam.no-static-credentials"


def env(*variables: EnvVar) -> Change:
    return app_container(env=variables)


KEY = EnvVar("AWS_ACCESS_KEY_ID", literal=True, access_key=True)

CASES = [
    Case(
        CREDENTIALS,
        API,
        env(EnvVar("KEY", literal=True, access_key=True)),
        FAIL,
        "access_key",
        severity=CRITICAL,
        message="container api: KEY holds an access key id",
    ),
    Case(CREDENTIALS, API, env(KEY), FAIL, "access_key"),
    Case(CREDENTIALS, API, env(EnvVar("AWS_SECRET_ACCESS_KEY", secret="aws")), FAIL, "key_variable", severity=HIGH),
    Case(CREDENTIALS, API, env(KEY, EnvVar("AWS_SECRET_ACCESS_KEY", secret="aws")), FAIL, "access_key key_variable"),
    Case(CREDENTIALS, API, env(EnvVar("AWS_REGION", literal=True)), PASS),
    Case(CREDENTIALS, API, app_template(container("setup", init=True, env=(KEY,)), container()), FAIL, "access_key"),
    # No namespace is exempt.
    Case(
        CREDENTIALS,
        "Deployment/kube-system/controller",
        beside("deployments", component("Deployment", "controller", "x:1", template=template(container(env=(KEY,))))),
        FAIL,
        "access_key",
    ),
    Case(CREDENTIALS, API, app(template=template().__class__()), UNKNOWN, "parse_error"),
    Case(CREDENTIALS, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_credentials(case: Case) -> None:
    check(case)
