"""Faults that a test puts into the way of API calls: errors, throttles, delays."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class Fault(BaseModel):
    """One fault: the next `times` calls of `operation` are delayed, and fail when `code` is given.

    `operation` is written `eks:DescribeCluster`, or `eks:*` for any operation of a service; `account`
    and `region` narrow it down; `resource` is a text that the path or the body must contain.

    Of the Kubernetes APIs the operations are `kubernetes:<plural>` and `kubernetes:discovery`, the codes those of
    `local.kubernetes.faults`, and `resource` is looked for in the cluster's name and the path.
    """

    model_config = ConfigDict(extra="forbid")

    operation: str = Field(pattern=r"^[a-z0-9-]+:(\*|\w+)$")
    code: str | None = None
    message: str = "injected by a test"
    delay_seconds: float = Field(default=0.0, ge=0)
    times: int = Field(default=1, ge=0)
    account: str | None = None
    region: str | None = None
    resource: str = ""

    def strikes(self, operation: str, account: str, region: str, text: str) -> bool:
        """Whether the fault concerns this call and is not used up."""
        service = operation.partition(":")[0]
        return (
            self.times > 0
            and self.operation in (operation, f"{service}:*")
            and self.account in (None, account)
            and self.region in (None, region)
            and self.resource in text
        )


FAULTS = TypeAdapter(list[Fault])


@dataclass
class FaultPlan:
    """The faults in force."""

    faults: list[Fault] = field(default_factory=list)

    def next_for(self, operation: str, account: str, region: str, text: str) -> Fault | None:
        """The first fault that strikes the call, one time of it used."""
        for fault in self.faults:
            if fault.strikes(operation, account, region, text):
                fault.times -= 1
                return fault
        return None
