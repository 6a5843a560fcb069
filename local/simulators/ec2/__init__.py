"""The EC2 API of the example fleet."""
