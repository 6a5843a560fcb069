"""ARNs: the parts that controls compare."""


def account_of(arn: str) -> str:
    """Return the account in an ARN; empty for resources of AWS itself and for text that is no ARN."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def last_part(arn: str) -> str:
    """Return the resource's own name, without its path."""
    return arn.rsplit("/", 1)[-1]
