"""Node groups: where nodes run, from what, and how they are replaced."""
