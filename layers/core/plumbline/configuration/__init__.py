"""Configuration: one document that says what is watched, how it is judged and who hears of it.

People write YAML (`plumbline.yaml`). Deployed, it is the same document as JSON, kept by AWS AppConfig. Two sides:

- `settings` decodes the deployed document with msgspec alone: a function pays nothing for validation at start.
- `check` tells everything that is wrong with a document, with pydantic and PyYAML, which only it imports.
"""

from plumbline.configuration.problems import Problem
from plumbline.configuration.settings import DEFAULTS, Settings, decode
from plumbline.domain.errors import ConfigurationError

__all__ = ["DEFAULTS", "Problem", "Settings", "check", "check_deployed", "compiled", "decode", "load"]


def check(text: str, file: str = "plumbline.yaml") -> list[Problem]:
    """Return every problem of a document, in the order of its lines; none when it may be deployed.

    Args:
        text: the document as YAML or JSON; an empty one is valid.
        file: its name, for the messages.

    """
    from plumbline.configuration.checking import examined

    return examined(text, file).problems


def check_deployed(text: str, file: str = "configuration") -> list[Problem]:
    """Return every problem of a document in its deployed form, which functions decode as JSON and nothing else."""
    problems = check(text, file)
    if not problems:
        try:
            decode(text.encode())
        except ConfigurationError as error:
            hint = "`plumbline config deploy` turns the YAML document into the form that is deployed"
            problems.append(Problem(file=file, line=1, column=1, where="", reason=str(error), hint=hint))
    return problems


def load(text: str, file: str = "plumbline.yaml") -> Settings:
    """Return the settings that a document says.

    Raises:
        ConfigurationError: the document is wrong; the text lists every problem, one a line.

    """
    return decode(compiled(text, file))


def compiled(text: str, file: str = "plumbline.yaml") -> bytes:
    """Return the deployable form of a document: JSON, indented, the same text for the same meaning.

    Raises:
        ConfigurationError: the document is wrong; the text lists every problem, one a line.

    """
    from plumbline.configuration.checking import examined

    return examined(text, file).deployable()
