"""Encryption: what the cluster stores is unreadable without its keys, and its keys are there."""
