"""Committing: what is to be written is worked out anew whenever somebody else wrote in between."""

from collections.abc import Callable
from typing import TypeVar

from plumbline.domain.errors import ConflictError
from plumbline.domain.records import Posture
from plumbline.domain.subject import Subject
from plumbline.ports import Commit, PostureStore

# Somebody else writing in between is rare; more often than this something is wrong.
COMMIT_ATTEMPTS = 5

Planned = TypeVar("Planned", bound=Commit | None)


def committed(store: PostureStore, subject: Subject, plan: Callable[[Posture], Planned]) -> Planned:
    """Write what a plan makes of the record, unless that is None, and return it.

    Raises:
        ConflictError: somebody else kept writing for the same subject.
        StoreError: the record could not be read or written.

    """
    left = COMMIT_ATTEMPTS
    while True:
        planned = plan(store.read(subject))
        try:
            if planned is not None:
                store.commit(planned)
        except ConflictError:
            left -= 1
            if not left:
                raise
        else:
            return planned
