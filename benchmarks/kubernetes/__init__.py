"""The scan of a large cluster's insides against the tools that people use today, and its budgets."""
