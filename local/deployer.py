"""Deploys a template to one account and region through a CloudFormation change set."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local import aws
from local.packaging import Packager

_WAIT_SECONDS = 0.05
_WITHIN_SECONDS = 120.0


class DeployError(RuntimeError):
    """A stack did not deploy; one line for each resource that failed, with its reason."""


class Deployer:
    """Deploys stacks to one account and region of the embedded AWS."""

    def __init__(self, endpoint: str, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self._endpoint = endpoint
        self._stacks = aws.client("cloudformation", endpoint, account, region)
        self._s3 = aws.client("s3", endpoint, account, region)
        self._bucket = f"plumbline-artifacts-{account}-{region}"

    def deploy(self, stack: str, template: Path, parameters: dict[str, str]) -> dict[str, str]:
        """Creates or updates `stack`; its outputs. Raises `DeployError`."""
        self._make_bucket()
        packager = Packager(self._s3, self._bucket)
        try:
            packaged = packager.package(template)
        except FileNotFoundError as error:
            raise DeployError(f"{self._where(stack)}: there is no {error.filename}") from error
        address = packager.upload(json.dumps(packaged, default=str).encode(), ".template")
        known = packaged.get("Parameters") or {}
        unknown = sorted(set(parameters) - set(known))
        if unknown:
            raise DeployError(f"{template} has no parameters {', '.join(unknown)}")
        change_set = self._create_change_set(stack, address, parameters)
        if self._is_change(stack, change_set):
            self._stacks.execute_change_set(StackName=stack, ChangeSetName=change_set)
            self._wait(stack)
        described = self._stacks.describe_stacks(StackName=stack)["Stacks"][0]
        return {row["OutputKey"]: row["OutputValue"] for row in described.get("Outputs", [])}

    def _create_change_set(self, stack: str, address: str, parameters: dict[str, str]) -> str:
        name = f"local-{uuid.uuid4().hex[:8]}"
        try:
            self._stacks.create_change_set(
                StackName=stack,
                ChangeSetName=name,
                ChangeSetType="UPDATE" if self._exists(stack) else "CREATE",
                TemplateURL=address.replace("s3://", f"{self._endpoint}/"),
                Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            )
        except ClientError as error:
            raise DeployError(f"{self._where(stack)}: {error.response['Error'].get('Message')}") from error
        return name

    def _make_bucket(self) -> None:
        where = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        try:
            self._s3.create_bucket(Bucket=self._bucket, **({} if self.region == "us-east-1" else where))
        except self._s3.exceptions.BucketAlreadyOwnedByYou:
            return

    def _exists(self, stack: str) -> bool:
        try:
            found = self._stacks.describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return False
            raise
        return bool(found["StackStatus"] != "REVIEW_IN_PROGRESS")

    def _is_change(self, stack: str, change_set: str) -> bool:
        deadline = time.monotonic() + _WITHIN_SECONDS
        while time.monotonic() < deadline:
            found = self._stacks.describe_change_set(StackName=stack, ChangeSetName=change_set)
            if found["Status"] == "FAILED":
                reason = found.get("StatusReason", "")
                if "No updates" in reason or "didn't contain changes" in reason:
                    return False
                raise DeployError(f"{self._where(stack)}: {reason}")
            if found["Status"] == "CREATE_COMPLETE":
                return True
            time.sleep(_WAIT_SECONDS)
        raise DeployError(f"{self._where(stack)}: the change set was not ready in {_WITHIN_SECONDS:.0f} s")

    def _wait(self, stack: str) -> None:
        deadline = time.monotonic() + _WITHIN_SECONDS
        while time.monotonic() < deadline:
            found = self._stacks.describe_stacks(StackName=stack)["Stacks"][0]
            status: str = found["StackStatus"]
            if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
                return
            if status.endswith(("_COMPLETE", "_FAILED")) and not status.startswith("REVIEW"):
                raise DeployError(self._failures(stack, found))
            time.sleep(_WAIT_SECONDS)
        raise DeployError(f"{self._where(stack)}: not deployed in {_WITHIN_SECONDS:.0f} s")

    def _failures(self, stack: str, found: dict[str, Any]) -> str:
        pages = self._stacks.get_paginator("describe_stack_events").paginate(StackName=stack)
        lines = [
            f"  {row['LogicalResourceId']} ({row['ResourceType']}): {row.get('ResourceStatusReason', '')}"
            for page in pages
            for row in page["StackEvents"]
            if row["ResourceStatus"].endswith("FAILED")
        ]
        reason = found.get("StackStatusReason", "")
        return "\n".join([f"{self._where(stack)}: {found['StackStatus']} {reason}", *lines])

    def _where(self, stack: str) -> str:
        return f"{stack} in {self.account} {self.region}"
