"""IAM: `aws:SecureTransport` is true, as it is for every SDK on AWS.

The loopback endpoint speaks plain HTTP, so a bucket policy that demands TLS would refuse everybody.
"""

from __future__ import annotations

from local.adapters.internals import require


def install() -> None:
    """Patches what ministack remembers of a request's transport."""
    application = require("app", "pin_request_origin")
    pin = application.pin_request_origin

    def pin_as_tls(source_ip: str, _: object) -> None:
        pin(source_ip, True)  # noqa: FBT003 (ministack's own signature)

    application.pin_request_origin = pin_as_tls
