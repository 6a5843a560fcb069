"""Evidence: what AWS and Kubernetes answered, reduced to the fields that controls read, and why the rest is missing."""

from plumbline.domain.evidence.section import Collected, Listed, NotCollected, Section, not_collected

__all__ = ["Collected", "Listed", "NotCollected", "Section", "not_collected"]
