"""Network: the API and the nodes are reachable by those who should, and by nobody else."""
