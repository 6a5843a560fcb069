"""The EKS API of the example fleet."""
