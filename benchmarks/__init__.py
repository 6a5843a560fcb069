"""Measurements of Plumbline against peers and budgets: `python -m benchmarks` (see docs/performance.md)."""
