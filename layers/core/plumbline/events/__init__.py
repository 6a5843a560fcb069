"""Events: what each event of EKS and of the services around it can change, as tables, and how to read one."""

from plumbline.events.audit import read_delivery, read_line
from plumbline.events.reading import read_event
from plumbline.events.routed import Ignored, Routed
from plumbline.events.rule import EventRule, Reach, RelatedRule
from plumbline.events.table import EKS_EVENTS, IGNORED_EKS_EVENTS

__all__ = [
    "EKS_EVENTS",
    "IGNORED_EKS_EVENTS",
    "EventRule",
    "Ignored",
    "Reach",
    "RelatedRule",
    "Routed",
    "read_delivery",
    "read_event",
    "read_line",
]
