"""Workloads: what runs in the cluster is confined, has an identity of its own, and survives the loss of a node."""
