"""AWS APIs answered from the example fleet, on the wire formats of botocore's own service models."""
