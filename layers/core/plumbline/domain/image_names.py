"""Image references: registry, repository, tag and digest."""

import re
from functools import lru_cache


def repository_of(image: str) -> str:
    """Return an image reference without tag and digest: a colon before a slash is a port, not a tag."""
    name = image.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return head if colon and "/" not in tail else name


def tag_of(image: str) -> str:
    """Return the tag of an image reference, or empty."""
    name = image.partition("@")[0]
    _, colon, tail = name.rpartition(":")
    return tail if colon and "/" not in tail else ""


def within_registry(image: str) -> str:
    """Return the repository of an image reference after its registry, in lower case."""
    repository = repository_of(image)
    registry, slash, rest = repository.partition("/")
    named = slash and ("." in registry or ":" in registry or registry == "localhost")
    return (rest if named else repository).lower()


def digest_only(image: str) -> bool:
    """Whether a reference says by digest alone what it is: no tag tells its version."""
    return "@" in image and not tag_of(image)


# Docker's own registry goes by several names, and by none.
_DOCKER_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
_ECR = re.compile(
    r"(\d{12})\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\."
    r"(?:amazonaws\.(?:com|com\.cn|eu)|on\.(?:aws|amazonwebservices\.com\.cn)|c2s\.ic\.gov|sc2s\.sgov\.gov)"
)


@lru_cache(maxsize=8192)
def registry_and_path(image: str) -> tuple[str, str]:
    """Return the registry and the path of a repository: `nginx` is `docker.io` and `library/nginx`."""
    repository = repository_of(image)
    registry, slash, path = repository.partition("/")
    if not slash or not ("." in registry or ":" in registry or registry == "localhost"):
        registry, path = "docker.io", repository
    if registry in _DOCKER_HUB:
        return "docker.io", path if "/" in path else f"library/{path}"
    return registry, path


@lru_cache(maxsize=1024)
def ecr_account(registry: str) -> str:
    """Return the account that a private registry of ECR belongs to, or empty for any other registry."""
    match = _ECR.fullmatch(registry)
    return match[1] if match else ""
