"""Logging: what happened can be read afterwards."""
