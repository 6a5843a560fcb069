"""STS: whose an access key is, for the pre-signed requests that EKS clusters take as tokens."""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

from local.adapters.internals import require
from local.kubernetes.eks_tokens import Credential, Credentials


def install() -> Credentials:
    """A look-up of (access key id, session token) among ministack's users, sessions and root keys."""
    evaluator = require("core.iam_evaluator", "CredentialResolutionError", "find_iam_access_key_account",
                        "is_root_access_key", "resolve_credential")  # fmt: skip
    responses = require("core.responses", "_account_from_sts_session")

    def of_key(key: str, session_token: str) -> Credential | None:
        account = responses._account_from_sts_session(key) or evaluator.find_iam_access_key_account(key)
        if account is None and evaluator.is_root_access_key(key):
            account = key
        if account is None:
            return None
        found = evaluator.resolve_credential(key, account, session_token)
        if isinstance(found, evaluator.CredentialResolutionError):
            return None
        return Credential(secret=found.secret_access_key, arn=found.principal_arn)

    return of_key
