"""Packages a SAM template as `sam build` and `sam package` do: zips folders, fills layers, uploads."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from local.environments import installed_layer
from local.paths import CACHE

_Template = dict[str, Any]
# The property of a resource type that names a local path.
_LOCAL_PATHS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


class Packager:
    """Packages templates of one account and region into the bucket for artifacts there."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._uploaded: set[str] = set()

    def package(self, template: Path) -> _Template:
        """The template with every local path uploaded and replaced by its S3 address."""
        parsed: _Template = yaml_parse(template.read_text())
        defaults = ((parsed.get("Globals") or {}).get("Function") or {}).get("CodeUri")
        for resource in parsed["Resources"].values():
            key = _LOCAL_PATHS.get(resource["Type"])
            properties = resource.setdefault("Properties", {})
            local = properties.get(key) or (defaults if key == "CodeUri" else None)
            if key and isinstance(local, str) and not local.startswith("s3://"):
                properties[key] = self._upload_path(resource["Type"], template.parent / local)
        return parsed

    def upload(self, content: bytes, suffix: str) -> str:
        """Uploads content under its own hash; its address as `s3://bucket/key`."""
        name = hashlib.sha256(content).hexdigest()[:32] + suffix
        if name not in self._uploaded:
            self._s3.put_object(Bucket=self._bucket, Key=name, Body=content)
            self._uploaded.add(name)
        return f"s3://{self._bucket}/{name}"

    def _upload_path(self, kind: str, path: Path) -> str:
        if kind == "AWS::Serverless::LayerVersion":
            return self.upload(layer_archive(path), ".zip")
        if kind == "AWS::Serverless::StateMachine":
            definition = json.dumps(yaml_parse(path.read_text()))
            return self.upload(definition.encode(), ".json")
        return self.upload(archive(_files(path, "")), ".zip")


def layer_archive(directory: Path) -> bytes:
    """A layer: its sources and the packages of its requirements.txt, both below `python/`."""
    requirements = directory / "requirements.txt"
    sources = [(name, path) for name, path in _files(directory, "python") if path not in _recipe(directory)]
    if not requirements.exists():
        return archive(sources)
    packages = installed_layer(requirements)
    if sources:
        return archive([*sources, *_files(packages, "python", with_bytecode=True)])
    kept = CACHE / f"{packages.name}.zip"
    if not kept.exists():
        kept.write_bytes(archive(_files(packages, "python", with_bytecode=True)))
    return kept.read_bytes()


def _recipe(directory: Path) -> frozenset[Path]:
    """What a layer is made by, and does not hold."""
    return frozenset(directory / name for name in ("requirements.txt", "pruned.txt", "Makefile"))


def _files(directory: Path, prefix: str, *, with_bytecode: bool = False) -> Iterator[tuple[str, Path]]:
    if not directory.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such directory", str(directory))
    for path in sorted(directory.rglob("*")):
        inside = path.relative_to(directory)
        if path.is_file() and (with_bytecode or "__pycache__" not in inside.parts):
            yield str(Path(prefix) / inside), path


def archive(files: Iterator[tuple[str, Path]] | list[tuple[str, Path]]) -> bytes:
    """A zip whose bytes depend on names and contents alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, path in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            target.writestr(entry, path.read_bytes())
    return buffer.getvalue()
