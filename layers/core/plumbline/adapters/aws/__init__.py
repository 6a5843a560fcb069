"""AWS adapters, on botocore."""
