"""Scaling: capacity follows the load, of workloads and of nodes."""
