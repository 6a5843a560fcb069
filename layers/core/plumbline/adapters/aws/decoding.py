"""EKS's answers, decoded without walking botocore's model of them: the walk is an eighth of what a call costs.

Sound for EKS alone among the services read: its members have the same names on the wire as in the model. Timestamps
stay numbers, which become times when the answer is converted to evidence.
"""

from typing import Any

import msgspec
from botocore.client import BaseClient

_decoder = msgspec.json.Decoder(dict[str, Any])


def decode_directly(client: BaseClient) -> None:
    """Make a client answer with the decoded JSON as it is. Errors are parsed by botocore as ever."""
    client.meta.events.register("before-parse", _take_over)


def _take_over(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Decode the body and leave botocore an empty one.

    Raises:
        DecodeError: the body is no JSON object.

    """
    if response_dict["status_code"] < 300:
        customized_response_dict.update(_decoder.decode(response_dict["body"]))
        response_dict["body"] = b"{}"
