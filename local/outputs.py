"""`.local/outputs.json`: where the embedded AWS listens and what the stacks put out."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, computed_field

from local.seeding import Engineer


class MemberOutputs(BaseModel):
    """The outputs of the member stack in one account and region."""

    model_config = ConfigDict(frozen=True)

    account: str
    region: str
    outputs: dict[str, str]


class Outputs(BaseModel):
    """Everything a client of the embedded AWS needs."""

    model_config = ConfigDict(frozen=True)

    endpoint: str
    account: str
    region: str
    pid: int
    stack_outputs: dict[str, str] = {}
    members: list[MemberOutputs] = []
    engineers: list[Engineer] = []

    @computed_field  # type: ignore[prop-decorator]
    @property
    def api_url(self) -> str | None:
        """Where the HTTP API of the hub stack is reached; its own host name resolves only on AWS."""
        api = self.stack_outputs.get("ApiId")
        return f"{self.endpoint}/_aws/execute-api/{api}/$default" if api else None

    def write(self, path: Path) -> None:
        """Writes the file in one step, so that a reader never sees half of it."""
        draft = path.with_suffix(".part")
        draft.write_text(self.model_dump_json(indent=2) + "\n")
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> Outputs | None:
        """The file's content, or None when there is no file."""
        return cls.model_validate_json(path.read_text()) if path.exists() else None
