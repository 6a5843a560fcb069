"""Plumbline: event-driven compliance monitoring of Amazon EKS clusters."""

__version__ = "0.1.0"
