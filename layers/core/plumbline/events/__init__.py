"""Events: what each CloudTrail event of EKS can change, as a table, and how to read one."""

from plumbline.events.reading import Ignored, Routed, read_event
from plumbline.events.table import EKS_EVENTS, IGNORED_EKS_EVENTS, EventRule

__all__ = ["EKS_EVENTS", "IGNORED_EKS_EVENTS", "EventRule", "Ignored", "Routed", "read_event"]
