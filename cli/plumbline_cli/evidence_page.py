"""The evidence page, and what the reader's role may do: both are made from the evidence plan as the code holds it.

python -m plumbline_cli.evidence_page             # below the current directory
python -m plumbline_cli.evidence_page other
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.pace import OTHERS, RATES
from plumbline.domain.scopes import DAILY_SECTIONS, WEEKLY_SECTIONS
from plumbline_cli.templates import rendered

PAGE = Path("docs/evidence.md")
TEMPLATES = (Path("template.yaml"), Path("org/member.yaml"))
_TEMPLATE = "evidence_page.md.jinja"
_STATEMENTS = re.compile(
    r'^ *# What is read has no name.*?^ *Resource: !Sub "[^"\n]*/aws/service/\*"\n', re.DOTALL | re.MULTILINE
)
_INDENT = " " * 14


def render() -> str:
    """Return the page as Markdown that ends in a line feed."""
    parts = (
        ("An account", "Once for all its regions.", plan.OF_ACCOUNT),
        ("A region", "Once for all its clusters.", plan.OF_REGION),
        ("A cluster", "For each cluster.", plan.OF_CLUSTER),
    )
    rates = ", ".join(f"{service} {rate:g}" for service, rate in RATES.items())
    return rendered(
        _TEMPLATE,
        filters={"refresh": refresh_of},
        parts=parts,
        update=plan.UPDATE,
        grants=plan.grants(),
        rates=rates,
        others=f"{OTHERS:g}",
    )


def refresh_of(section: str) -> str:
    """Return how often a section is read, in words."""
    if section in WEEKLY_SECTIONS:
        return "weekly"
    return "daily" if section in DAILY_SECTIONS else "every sweep"


def statements() -> str:
    """Return the statements of the reader's policy as YAML, as deep as the templates want them."""
    lines: list[str] = []
    for grant in plan.grants():
        lines += [f"# {grant.about}", f"- Sid: {grant.sid}", "  Effect: Allow"]
        if len(grant.actions) == 1:
            lines.append(f"  Action: {grant.actions[0]}")
        else:
            lines += ["  Action:", *(f"    - {action}" for action in grant.actions)]
        lines.append(
            f'  Resource: !Sub "{grant.resource}"' if "$" in grant.resource else f'  Resource: "{grant.resource}"'
        )
    return "".join(f"{_INDENT}{line}\n" for line in lines)


def with_statements(template: str) -> str:
    """Return a template with the reader's statements as they must be.

    Raises:
        ValueError: the template holds no such statements, or more than once.

    """
    changed, count = _STATEMENTS.subn(lambda _: statements(), template)
    if count != 1:
        raise ValueError(f"the statements of the reader are there {count} times, not once")
    return changed


def main(arguments: Sequence[str]) -> None:
    """Write the page and both templates below the folder given, else below the current one."""
    root = Path(arguments[0]) if arguments else Path()
    (root / PAGE).write_text(render(), encoding="utf-8")
    for template in TEMPLATES:
        path = root / template
        path.write_text(with_statements(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
