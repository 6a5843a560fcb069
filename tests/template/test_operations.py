"""What keeps the system running and noticed when it does not: encryption, dead letters, logs, alarms."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.template.loading import HUB, MEMBER, REPOSITORY, of_type, referred, transformed, written

FUNCTIONS = of_type("AWS::Serverless::Function")
MACHINES = of_type("AWS::Serverless::StateMachine")
ALARMS = of_type("AWS::CloudWatch::Alarm")
QUEUES = of_type("AWS::SQS::Queue")
TABLES = of_type("AWS::DynamoDB::Table")


def alarm_metrics(alarm: dict[str, Any]) -> list[tuple[str, str, set[str]]]:
    """Return (namespace, metric, resources) of an alarm."""
    if "MetricName" in alarm:
        return [(alarm["Namespace"], alarm["MetricName"], referred(alarm["Dimensions"]))]
    metrics = [entry["MetricStat"]["Metric"] for entry in alarm["Metrics"] if "MetricStat" in entry]
    return [(metric["Namespace"], metric["MetricName"], referred(metric["Dimensions"])) for metric in metrics]


def watched(namespace: str, metric: str) -> set[str]:
    """Return the resources on whose metric an alarm rings."""
    found: set[str] = set()
    for alarm in ALARMS.values():
        for one in alarm_metrics(alarm):
            if one[:2] == (namespace, metric):
                found |= one[2]
    return found


def test_tables_are_encrypted_recoverable_and_paid_by_use() -> None:
    for name, table in TABLES.items():
        assert table["SSESpecification"]["SSEType"] == "KMS", name
        assert referred(table["SSESpecification"]["KMSMasterKeyId"]) == {"Key"}
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("name", ["PostureTable", "HistoryTable", "EvidenceBucket", "Key"])
def test_what_records_is_not_deleted_with_the_stack(name: str) -> None:
    resource = written(HUB)["Resources"][name]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_the_records_refuse_to_be_deleted() -> None:
    for name in ("PostureTable", "HistoryTable"):
        assert TABLES[name]["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert written(HUB)["Parameters"]["DeletionProtection"]["Default"] == "true"


def test_an_unchanged_assessment_writes_no_index() -> None:
    heads = next(index for index in TABLES["PostureTable"]["GlobalSecondaryIndexes"] if index["IndexName"] == "heads")
    assert heads["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_history_streams_only_what_is_new() -> None:
    assert TABLES["HistoryTable"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert "TimeToLiveSpecification" not in TABLES["HistoryTable"]


def test_the_bucket_is_private_versioned_and_encrypted() -> None:
    bucket = of_type("AWS::S3::Bucket")["EvidenceBucket"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (deny,) = of_type("AWS::S3::BucketPolicy")["EvidenceBucketPolicy"]["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "s3:*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_nothing_in_the_bucket_is_kept_for_ever() -> None:
    rules = of_type("AWS::S3::Bucket")["EvidenceBucket"]["LifecycleConfiguration"]["Rules"]
    assert {rule.get("Prefix") for rule in rules} == {"evidence/", "manifests/", None}


def test_queues_topics_and_logs_are_encrypted() -> None:
    for queue in QUEUES.values():
        assert referred(queue["KmsMasterKeyId"]) == {"Key"}
    for topic in of_type("AWS::SNS::Topic").values():
        assert referred(topic["KmsMasterKeyId"]) == {"Key"}
    for group in of_type("AWS::Logs::LogGroup").values():
        assert referred(group["KmsKeyId"]) == {"Key"}


def test_the_key_rotates() -> None:
    assert of_type("AWS::KMS::Key")["Key"]["EnableKeyRotation"] is True


def test_every_queue_has_dead_letters_or_is_one() -> None:
    dead = {name for name in QUEUES if name.endswith("DeadLetters")}
    for name, queue in QUEUES.items():
        if name not in dead:
            assert referred(queue["RedrivePolicy"]["deadLetterTargetArn"]) <= dead
        assert queue["MessageRetentionPeriod"] == 1209600


def test_dead_letters_ring() -> None:
    dead = {name for name in QUEUES if name.endswith("DeadLetters")}
    assert watched("AWS/SQS", "ApproximateNumberOfMessagesVisible") == dead


def test_whatever_delivers_events_has_dead_letters() -> None:
    for rule in of_type("AWS::Events::Rule").values():
        for target in rule["Targets"]:
            assert referred(target["DeadLetterConfig"]["Arn"]) == {"EventDeadLetters"}
    schedule = of_type("AWS::Scheduler::Schedule")["SweepSchedule"]
    assert referred(schedule["Target"]["DeadLetterConfig"]["Arn"]) == {"ScheduleDeadLetters"}
    stream = FUNCTIONS["RaiseAlerts"]["Events"]["History"]["Properties"]
    assert referred(stream["DestinationConfig"]["OnFailure"]["Destination"]) == {"AlertDeadLetters"}


def test_a_bad_record_does_not_hold_up_the_others() -> None:
    stream = FUNCTIONS["RaiseAlerts"]["Events"]["History"]["Properties"]
    assert stream["BisectBatchOnFunctionError"] is True
    assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["MaximumRetryAttempts"] == 10
    queue = FUNCTIONS["RouteEvent"]["Events"]["Calls"]["Properties"]
    assert queue["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_only_assessments_that_report_transitions_are_announced() -> None:
    (chosen,) = FUNCTIONS["RaiseAlerts"]["Events"]["History"]["Properties"]["FilterCriteria"]["Filters"]
    assert json.loads(chosen["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {"kind": {"S": ["assessment"]}, "transitions": {"N": [{"anything-but": ["0"]}]}}},
    }


def test_a_message_is_invisible_for_as_long_as_lambda_asks_for() -> None:
    assert QUEUES["EventQueue"]["VisibilityTimeout"] >= 6 * FUNCTIONS["RouteEvent"]["Timeout"]


def test_every_log_group_forgets() -> None:
    for name, group in of_type("AWS::Logs::LogGroup").items():
        assert group["RetentionInDays"] == {"Ref": "LogDays"}, name


def test_everything_that_runs_has_a_log_of_its_own() -> None:
    for name, function in FUNCTIONS.items():
        assert referred(function["LoggingConfig"]["LogGroup"]) == {f"{name}Log"}
    for name, machine in MACHINES.items():
        assert referred(machine["Logging"]["Destinations"]) == {f"{name}Log"}
    assert referred(of_type("AWS::Serverless::HttpApi")["Api"]["AccessLogSettings"]["DestinationArn"]) == {"ApiLog"}


def test_every_alarm_tells_the_operators_also_when_it_is_over() -> None:
    for name, alarm in ALARMS.items():
        assert referred(alarm["AlarmActions"]) == referred(alarm["OKActions"]) == {"OperatorTopic"}, name
        assert alarm["AlarmDescription"].endswith("."), name


def test_every_function_is_watched_for_errors_and_throttles() -> None:
    assert watched("AWS/Lambda", "Errors") == watched("AWS/Lambda", "Throttles") == set(FUNCTIONS)


@pytest.mark.parametrize("metric", ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"])
def test_every_workflow_is_watched(metric: str) -> None:
    assert watched("AWS/States", metric) == set(MACHINES)


def test_every_table_is_watched_for_throttles() -> None:
    for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
        assert watched("AWS/DynamoDB", metric) == set(TABLES)


def test_late_alerts_and_missing_sweeps_ring() -> None:
    assert watched("AWS/Lambda", "IteratorAge") == {"RaiseAlerts"}
    assert watched("AWS/States", "ExecutionsSucceeded") == {"SweepFleet"}
    assert ALARMS["NoSweepAlarm"]["TreatMissingData"] == "breaching"


def test_an_expression_adds_up_every_metric_of_its_alarm() -> None:
    for name, alarm in ALARMS.items():
        total = next((entry for entry in alarm.get("Metrics", []) if "Expression" in entry), None)
        for entry in alarm.get("Metrics", []):
            if total is not None and entry is not total:
                assert entry["Id"] in total["Expression"], name
                assert entry["ReturnData"] is False


def test_alarms_on_plumbline_s_own_metrics_name_metrics_that_functions_count() -> None:
    code = "".join(path.read_text() for path in (REPOSITORY / "functions").rglob("*.py"))
    code += (REPOSITORY / "layers" / "core" / "plumbline" / "runtime.py").read_text()
    own = {one[1] for alarm in ALARMS.values() for one in alarm_metrics(alarm) if one[0] == "Plumbline"}
    assert own == {
        "FailedAssessments",
        "ControlErrors",
        "ConfigurationNotRead",
        "OperatorNotices",
        "UnknownVerdicts",
        "Verdicts",
    }
    assert [metric for metric in sorted(own) if f'count("{metric}"' not in code] == []


def test_every_function_is_traced_and_runs_on_the_same_terms() -> None:
    functions = {
        name: found["Properties"]
        for name, found in transformed()["Resources"].items()
        if found["Type"] == "AWS::Lambda::Function"
    }
    assert functions.keys() == FUNCTIONS.keys()
    for function in functions.values():
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])


def test_every_function_has_its_folder() -> None:
    folders = {path.parent.name for path in (REPOSITORY / "functions").glob("*/app.py")}
    assert {function["CodeUri"] for function in FUNCTIONS.values()} == {f"functions/{name}/" for name in folders}


def test_the_api_asks_who_is_there() -> None:
    api = of_type("AWS::Serverless::HttpApi")["Api"]
    assert api["Auth"] == {"EnableIamAuthorizer": True, "DefaultAuthorizer": "AWS_IAM"}
    assert api["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0


def test_appconfig_asks_the_validator() -> None:
    (validator,) = of_type("AWS::AppConfig::ConfigurationProfile")["ConfigurationProfile"]["Validators"]
    assert (validator["Type"], referred(validator["Content"])) == ("LAMBDA", {"CheckConfiguration"})


def test_only_the_function_that_reads_clusters_has_the_kubernetes_client() -> None:
    with_it = {name for name, found in FUNCTIONS.items() if referred(found.get("Layers", [])) == {"KubernetesLayer"}}
    assert with_it == {"CollectKubernetes"}
    assert [name for name, found in FUNCTIONS.items() if "Layers" in found and name not in with_it] == []
    layer = written(HUB)["Resources"]["KubernetesLayer"]
    assert layer["Metadata"]["BuildMethod"] == "makefile"
    makefile = (REPOSITORY / layer["Properties"]["ContentUri"] / "Makefile").read_text()
    # What `sam build` asks make for.
    assert "\nbuild-KubernetesLayer:\n" in makefile


def test_a_layer_is_locked_with_hashes_and_names_no_index() -> None:
    for requirements in (REPOSITORY / "layers").glob("*/requirements.txt"):
        text = requirements.read_text()
        packages = [line for line in text.splitlines() if line[:1].isalpha()]
        assert packages, requirements
        assert all("==" in line and line.endswith("\\") for line in packages), requirements
        assert "://" not in text, requirements


def test_no_package_is_in_two_layers_and_shared_ones_are_of_one_release() -> None:
    pins = {
        path.parent.name: {line.split("==")[0] for line in path.read_text().splitlines() if "==" in line}
        for path in (REPOSITORY / "layers").glob("*/requirements.txt")
    }
    assert pins.keys() == {"dependencies", "kubernetes"}
    assert pins["dependencies"] & pins["kubernetes"] == set()


AUDIT = {"ReadsAuditLogs"}


def test_audit_logs_are_off_until_somebody_asks_and_leave_nothing_behind() -> None:
    assert written(HUB)["Parameters"]["AuditLogAccelerator"]["Default"] == "false"
    conditional = {name for name, found in written(HUB)["Resources"].items() if found.get("Condition") in AUDIT}
    assert conditional == {
        "AuditStream",
        "AuditDestination",
        "AuditDestinationRole",
        "RouteAuditLog",
        "RouteAuditLogRole",
        "RouteAuditLogLog",
        "RouteAuditLogErrorsAlarm",
        "RouteAuditLogThrottlesAlarm",
    }


def test_the_stream_of_audit_logs_is_encrypted_and_a_bad_delivery_holds_up_no_other() -> None:
    stream = of_type("AWS::Kinesis::Stream")["AuditStream"]
    assert stream["StreamEncryption"] == {"EncryptionType": "KMS", "KeyId": {"Ref": "Key"}}
    lines = FUNCTIONS["RouteAuditLog"]["Events"]["Lines"]["Properties"]
    assert lines["BisectBatchOnFunctionError"] is True
    assert lines["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert lines["MaximumRetryAttempts"] == 10
    assert referred(lines["DestinationConfig"]["OnFailure"]["Destination"]) == {"EventDeadLetters"}


def test_only_the_organization_or_listed_accounts_may_send_audit_logs() -> None:
    condition, organization, accounts = of_type("AWS::Logs::Destination")["AuditDestination"]["DestinationPolicy"][
        "Fn::If"
    ]
    assert condition == "HasOrganization"
    (statement,) = json.loads(organization["Fn::Sub"])["Statement"]
    assert statement["Action"] == "logs:PutSubscriptionFilter"
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": ["${OrganizationId}"]}}
    text, values = accounts["Fn::Sub"]
    (statement,) = json.loads(text)["Statement"]
    assert statement["Principal"] == {"AWS": ["${Accounts}"]}
    assert values == {
        "Accounts": {
            "Fn::If": ["HasMembers", {"Fn::Join": ['", "', {"Ref": "MemberAccounts"}]}, {"Ref": "AWS::AccountId"}]
        }
    }


@pytest.mark.parametrize("template", [HUB, MEMBER], ids=lambda path: path.name)
def test_the_page_for_installing_has_every_choice(template: Path) -> None:
    page = (REPOSITORY / "docs" / "install.md").read_text()
    parameters = written(template)["Parameters"]
    asked = {name for name, found in parameters.items() if template == HUB or name.startswith("Collector")}
    for name in sorted(asked - {"CollectorRoleArns"}):
        default = parameters[name]["Default"]
        assert f"| `{name}` | {f'`{default}`' if default != '' else 'empty'} | " in page, name
