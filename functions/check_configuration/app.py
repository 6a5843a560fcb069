"""check_configuration: AppConfig asks whether a configuration document may be deployed."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import msgspec

from plumbline import runtime
from plumbline.configuration import check_deployed
from plumbline.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Validation(msgspec.Struct, frozen=True):
    """What AppConfig sends to a validator; `content` is base64."""

    content: str
    uri: str = ""


@runtime.logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001
    """Return nothing when the document is right.

    Raises:
        ConfigurationError: it is wrong; AppConfig shows the text, one problem a line, to whoever deploys it.

    """
    validation = msgspec.convert(event, Validation)
    try:
        text = base64.b64decode(validation.content, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the document is not UTF-8 text: {error}") from error
    problems = check_deployed(text, "configuration")
    runtime.logger.info("checked", extra={"uri": validation.uri, "problems": [str(problem) for problem in problems]})
    if problems:
        raise ConfigurationError("\n".join(str(problem) for problem in problems))
