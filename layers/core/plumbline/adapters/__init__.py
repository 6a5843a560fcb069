"""Adapters: the only I/O. They implement the ports."""
