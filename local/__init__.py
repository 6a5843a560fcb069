"""The embedded AWS: runs the real templates on this machine, with an example fleet to watch."""
