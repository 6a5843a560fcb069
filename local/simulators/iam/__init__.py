"""The IAM API, for the principals of the example fleet."""
