"""How AWS is reached: home region, role to assume, endpoint. Plain values, so that worker processes can be told."""

import msgspec


class ReaderRole(msgspec.Struct, frozen=True, kw_only=True):
    """The role to assume in every account that is read.

    Attributes:
        name: the role's name, with its path when it has one (`plumbline/reader`).
        external_id: what the role's trust policy asks for; empty means none.
        session_tags: tags of the role session, by key.

    """

    name: str
    external_id: str = ""
    session_tags: dict[str, str] = {}

    def arn(self, partition: str, account: str) -> str:
        """Return the ARN of the role in one account."""
        return f"arn:{partition}:iam::{account}:role/{self.name}"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How AWS is reached.

    Attributes:
        region: the home region: for STS, IAM and Organizations.
        account: the account of the credentials in use; empty means: ask STS when it matters.
        role: the role to assume in each account; None reads the credentials' own account and no other.
        profile: the profile of the shared configuration; empty means the usual chain of providers.
        endpoint_url: one endpoint for every service; empty means AWS's own, or what AWS_ENDPOINT_URL says.
        width: how many calls run at once.
        attempts: how often a call is made before it counts as refused.
        paced: whether calls in watched accounts keep the pace of evidence plan D.9.

    """

    region: str
    account: str = ""
    role: ReaderRole | None = None
    profile: str = ""
    endpoint_url: str = ""
    width: int = 16
    attempts: int = 5
    paced: bool = False
