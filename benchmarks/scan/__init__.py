"""The scan of a fleet against the tools that people use today."""
