"""Workflows: starting the execution that assesses a cluster."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from plumbline.adapters.aws.failures import as_store_errors, code_of
from plumbline.domain.subject import Subject

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_LOG = logging.getLogger(__name__)


class Workflows:
    """Implements `usecases.route.StartWorkflow` on Step Functions."""

    def __init__(self, client: SFNClient, state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

    def start(self, subject: Subject, owner: str) -> None:
        """Start the execution named after the lease's owner. One that was started before is not started again.

        Raises:
            StoreError: it could not be started; it must be tried again.

        """
        content = {
            "account": subject.account,
            "region": subject.region,
            "cluster": subject.cluster,
            "partition": subject.partition,
            "owner": owner,
        }
        with as_store_errors(f"starting the workflow {owner}"):
            try:
                self._client.start_execution(
                    stateMachineArn=self._arn, name=owner, input=msgspec.json.encode(content).decode()
                )
            except ClientError as error:
                if code_of(error) != "ExecutionAlreadyExists":
                    raise
                # It has run and ended without releasing: whoever takes the lease after it expires gets the scopes.
                _LOG.warning("the workflow %s has ended already", owner)
