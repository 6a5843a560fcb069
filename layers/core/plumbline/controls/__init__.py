"""The controls, one module per area. To add one, edit its area's module and its test, nothing else."""
