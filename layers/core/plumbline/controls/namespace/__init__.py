"""Namespaces: the borders inside a cluster, and what they hold."""
