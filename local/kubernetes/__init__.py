"""A stand-in for the Kubernetes API of EKS clusters, over TLS, written from the API's own documentation."""
