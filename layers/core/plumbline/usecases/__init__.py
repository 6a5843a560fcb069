"""Use cases: ports in, domain out."""
