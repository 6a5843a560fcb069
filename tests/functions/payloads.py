"""The payload files in events/, and what Lambda hands over with them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

EVENTS = Path(__file__).parents[2] / "events"
HUB, MEMBER, REGION = "111122223333", "222233334444", "eu-west-1"


@dataclass(frozen=True)
class _Context:
    function_name: str = "plumbline-test"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 884
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:{HUB}:function:plumbline-test"
    aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


Context = LambdaContext


def context() -> LambdaContext:
    """Return what Lambda hands to a handler besides the event."""
    return cast("LambdaContext", _Context())


def payload(name: str) -> dict[str, Any]:
    """Return a payload file's content."""
    content: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return content


def as_json(answer: object) -> Any:
    """Return a handler's answer as whoever invoked the function gets it."""
    return json.loads(json.dumps(answer))
