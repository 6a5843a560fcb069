"""Capacity: nodes have room for pods, and the cluster stays inside of what Kubernetes is tested for."""
