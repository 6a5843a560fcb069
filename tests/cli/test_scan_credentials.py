import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from plumbline_cli.scanning.identity import Identity
from tests.adapters.aws.stub import ACCOUNT, Refusal, SimulatedAws
from tests.cli.scanning import Scan

CONFIG = """
[profile sso]
region = eu-west-1
sso_session = corp
sso_account_id = 111122223333
sso_role_name = audit
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
[profile child]
region = eu-west-1
role_arn = arn:aws:iam::111122223333:role/reader
source_profile = sso
[profile signed-in]
login_session = arn:aws:iam::111122223333:user/a
[profile program]
credential_process = /usr/bin/keys
[profile keys]
region = eu-west-1
[profile loop]
source_profile = loop
"""
EXPIRED = "sts:GetCallerIdentity ExpiredToken: The security token included in the request is expired"


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, keys = tmp_path / "config", tmp_path / "credentials"
    config.write_text(CONFIG)
    keys.write_text(f"[keys]\naws_access_key_id=AKIA{ACCOUNT}TEST\naws_secret_access_key=x\naws_session_token=t\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))


@pytest.mark.usefixtures("profiles")
def test_expired_credentials_end_in_2_and_say_which_profile_and_how_to_renew(scan: Scan, aws: SimulatedAws) -> None:
    aws.refuse("sts:GetCallerIdentity", Refusal("ExpiredToken", 403))
    result = scan("--profile", "keys", "--format", "jsonl")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        "Error: The credentials of profile 'keys' have expired: sts:GetCallerIdentity ExpiredToken: no.\n"
        "Renew them: aws sso login --profile keys (or write new keys with aws configure --profile keys)\n"
    )


def test_credentials_that_expire_in_the_middle_end_in_2(scan: Scan, aws: SimulatedAws) -> None:
    aws.refuse("eks:DescribeCluster", Refusal("ExpiredTokenException", 403, holding="cluster-0001"))
    result = scan("--control", "logging.audit-log", "--format", "jsonl")
    assert result.exit_code == 2
    assert "The credentials in the environment have expired: eks:DescribeCluster" in result.stderr
    assert "Renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or name a --profile." in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize(
    ("profile", "advice"),
    [
        ("sso", "Renew them: aws sso login --profile sso"),
        ("child", "Renew them: aws sso login --profile sso"),
        ("signed-in", "Renew them: aws login --profile signed-in"),
        ("program", "Renew them with the program that profile 'program' names as credential_process."),
        ("loop", "Renew them: aws sso login --profile loop (or write new keys with aws configure --profile loop)"),
    ],
)
def test_the_advice_fits_where_the_credentials_come_from(profile: str, advice: str) -> None:
    told = Identity(profile).renewal(EXPIRED).splitlines()
    assert told == [f"The credentials of profile {profile!r} have expired: {EXPIRED}.", advice]


@pytest.mark.usefixtures("profiles")
def test_a_profile_of_the_environment_counts_unless_there_are_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "sso")
    assert Identity().renewal(EXPIRED).startswith("The credentials in the environment have expired")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert Identity().renewal(EXPIRED).startswith("The credentials of profile 'sso' have expired")


@pytest.mark.usefixtures("profiles")
def test_an_unknown_profile_ends_in_2_with_the_nearest_name(scan: Scan) -> None:
    result = scan("--profile", "kyes")
    assert result.exit_code == 2
    assert result.stderr == "Error: there is no profile 'kyes' in the AWS configuration; did you mean keys?\n"


def test_without_any_credentials_the_way_to_get_some_is_told(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    result = scan()
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: There are no AWS credentials. Name a profile with --profile, or sign in first (aws configure sso).\n"
    )


def test_a_role_that_cannot_be_assumed_ends_in_2(scan: Scan, aws: SimulatedAws) -> None:
    aws.refuse("sts:AssumeRole", Refusal("AccessDenied", 403))
    result = scan("--role-arn", f"arn:aws:iam::{ACCOUNT}:role/reader")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: the role arn:aws:iam::{ACCOUNT}:role/reader cannot be assumed: sts:Assume")


def test_an_endpoint_that_does_not_answer_is_not_blamed_on_the_credentials(scan: Scan, aws: SimulatedAws) -> None:
    aws.raises["sts:GetCallerIdentity"] = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    result = scan()
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: AWS cannot be reached: sts:GetCallerIdentity EndpointConnectionError")


def test_without_a_region_the_need_for_one_is_told() -> None:
    ran = _plumbline("scan")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        "Error: the AWS configuration names no region; name one with --region, such as --region eu-west-1\n"
    )


def test_a_broken_configuration_of_aws_is_no_traceback(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[profile broken\n")
    ran = _plumbline("scan", AWS_CONFIG_FILE=str(config))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("Error: Unable to parse config file")


def _plumbline(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    code = "from plumbline_cli.main import app; app()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
