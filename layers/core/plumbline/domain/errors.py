"""The errors of the domain.

PlumblineError
├── EvidenceMissing        a control needs evidence that was not collected
│   └── EvidenceUnreadable evidence was collected, but a value in it is not what the API promises
├── CatalogueError         the catalogue of controls contradicts itself
├── ParameterError         a configured parameter does not fit its control
├── ConfigurationError     the configuration document is wrong
├── CredentialsError       the credentials in use are missing, expired or wrong
├── FleetError             the accounts to watch could not be listed
├── EventError             an event cannot be understood
├── ConflictError          somebody else wrote first
├── QueryError             a question to the records cannot be answered as it is put
└── StoreError             a record could not be read or written
"""

from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.verdict import Reason


class PlumblineError(Exception):
    """The root of every error that Plumbline raises on purpose."""


class EvidenceMissing(PlumblineError):  # noqa: N818 - a fact about evidence, not a fault
    """A control needs evidence that was not collected; evaluation answers UNKNOWN with its reason."""

    def __init__(self, missing: NotCollected) -> None:
        super().__init__(missing.detail or missing.reason)
        self.missing = missing


class EvidenceUnreadable(EvidenceMissing, ValueError):  # noqa: N818 - a fact about evidence, not a fault
    """A value in the evidence is not what the API promises; evaluation answers UNKNOWN with `parse_error`."""

    def __init__(self, detail: str) -> None:
        super().__init__(NotCollected(Reason.PARSE_ERROR, detail))


class CatalogueError(PlumblineError):
    """The catalogue of controls contradicts itself: a repeated id, a missing word, an unknown evidence type."""


class ParameterError(PlumblineError):
    """A configured parameter does not exist or does not fit its control."""


class ConfigurationError(PlumblineError):
    """The configuration document is wrong; the text says where and why."""


class CredentialsError(PlumblineError):
    """The credentials in use are missing, expired or wrong: nothing at all can be read."""


class FleetError(PlumblineError):
    """The accounts to watch could not be listed."""


class EventError(PlumblineError):
    """An event cannot be understood; `reason` is short enough for a message attribute."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ConflictError(PlumblineError):
    """Somebody else wrote first: read again and decide again."""


class QueryError(PlumblineError):
    """A question to the records cannot be answered as it is put: a forged cursor, a filter that no index serves."""


class StoreError(PlumblineError):
    """A record could not be read or written."""
