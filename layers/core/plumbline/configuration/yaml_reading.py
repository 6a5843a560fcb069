"""Reading YAML with places: the plain values of a document and the line and column of each.

A strict, small YAML: the words of YAML 1.2 (so `no` is a country and `0123` a text), every key once, no aliases.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import yaml

# The steps to a value: keys and positions in lists.
Path = tuple[str | int, ...]

MOST_BYTES = 1_000_000
DEEPEST = 30


class Place(msgspec.Struct, frozen=True):
    """Line and column, both from 1."""

    line: int
    column: int


START = Place(1, 1)


class Fault(msgspec.Struct, frozen=True):
    """What the reader refuses, and where."""

    place: Place
    path: Path
    reason: str
    hint: str = ""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The values of a document, where keys and values stand, and what is wrong with its form."""

    value: Any
    values: Mapping[Path, Place]
    keys: Mapping[Path, Place]
    faults: tuple[Fault, ...] = ()

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """Return where a value (or its key) stands; for one that is absent, where the nearest thing around it does."""
        places = self.keys if of_key else self.values
        while path:
            found = places.get(path) or self.values.get(path)
            if found:
                return found
            path = path[:-1]
        return self.values.get((), START)


_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{word}" for word in ("null", "bool", "int", "float", "str"))


class _Refused(yaml.MarkedYAMLError):
    """YAML that is well formed and still not taken."""


class _Loader(yaml.SafeLoader):
    """SafeLoader with the plain words of YAML 1.2's core schema, without aliases and of bounded depth."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - how PyYAML keeps a schema

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise _Refused(None, None, "aliases are not supported", mark)
        self._depth += 1
        if self._depth > DEEPEST:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise _Refused(None, None, f"nested more than {DEEPEST} deep", mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _know(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), list(first))


_know("null", "~|null|Null|NULL|", "~nN")
_Loader.yaml_implicit_resolvers.setdefault("", []).extend(_Loader.yaml_implicit_resolvers["~"])
_know("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_know("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789")
_know("float", r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-+0123456789")


def read(text: str) -> Document:
    """Read a document. What is wrong with its form is in `faults`; with a syntax error there is nothing else."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        return _only(Fault(START, (), f"the document is larger than {MOST_BYTES:,} bytes"))
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            reading = _Reading(loader)
            value = reading.value_of(root, ()) if root else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        return _only(_syntax_fault(error))
    except yaml.reader.ReaderError as error:
        return _only(
            Fault(_place_of(text, error.position), (), f"the character U+{error.character:04X} is not allowed")
        )
    return Document(value=value, values=reading.values, keys=reading.keys, faults=tuple(reading.faults))


class _Reading:
    """Turns nodes into plain values and notes where they stood."""

    def __init__(self, loader: _Loader) -> None:
        self._loader = loader
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.faults: list[Fault] = []

    def value_of(self, node: yaml.Node, path: Path) -> Any:
        self.values[path] = _place(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value_of(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        if node.tag not in _PLAIN_TAGS:
            self.faults.append(Fault(_place(node), path, f"the tag {node.tag} is not supported"))
            return None
        try:
            return self._loader.construct_object(node)
        except ValueError as error:
            self.faults.append(Fault(_place(node), path, f"this is no {node.tag.rpartition(':')[2]}: {error}"))
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.faults.append(Fault(_place(key), path, "a key must be a plain word"))
                continue
            inner = (*path, key.value)
            if key.value in found:
                hint = f"the first one is on line {self.keys[inner].line}"
                self.faults.append(Fault(_place(key), inner, "this key stands twice", hint))
                continue
            self.keys[inner] = _place(key)
            found[key.value] = self.value_of(value, inner)
        return found


def _only(fault: Fault) -> Document:
    return Document(value=None, values={}, keys={}, faults=(fault,))


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _place_of(text: str, position: int) -> Place:
    before = text[:position]
    return Place(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _syntax_fault(error: yaml.MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else START
    reason = error.problem or "this is not YAML"
    return Fault(place, (), reason if isinstance(error, _Refused) else f"this is not YAML: {reason}")
