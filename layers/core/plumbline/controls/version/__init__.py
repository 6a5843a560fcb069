"""Version: the cluster can be upgraded in time, and so can its nodes."""
