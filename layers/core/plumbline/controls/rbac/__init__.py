"""RBAC: who may do what through the Kubernetes API."""
