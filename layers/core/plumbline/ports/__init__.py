"""Ports: what the use cases need from the world, as Protocols. Adapters and fakes implement them under one contract."""

from plumbline.ports.messages import Announcer, Blobs, Message
from plumbline.ports.queries import FindingFilter, FindingQueries, Page
from plumbline.ports.reading import (
    Clock,
    EvidenceSource,
    EvidenceStore,
    Fleet,
    KubernetesSource,
    Stability,
    StabilitySource,
    Target,
)
from plumbline.ports.recording import Admission, Commit, PostureStore, Work

__all__ = [
    "Admission",
    "Announcer",
    "Blobs",
    "Clock",
    "Commit",
    "EvidenceSource",
    "EvidenceStore",
    "FindingFilter",
    "FindingQueries",
    "Fleet",
    "KubernetesSource",
    "Message",
    "Page",
    "PostureStore",
    "Stability",
    "StabilitySource",
    "Target",
    "Work",
]
