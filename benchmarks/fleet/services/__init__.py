"""The answers of each service, as the wire has them."""
