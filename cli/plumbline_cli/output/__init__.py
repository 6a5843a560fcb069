"""Output: the formats of a scan. Each takes what was assessed, subject by subject, and closes with the tally."""
