"""Kubernetes evidence: what the API server of a cluster answered, reduced to the fields that controls read.

`workloads` and `pods` are made while reading (an environment value is never held); the other modules are the API's own
objects under its own names, everything else skipped while decoding.
"""
