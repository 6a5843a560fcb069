"""Ingress: what the cluster offers outside, through which load balancer, and to whom."""
