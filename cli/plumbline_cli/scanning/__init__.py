"""Scanning: the collect and evaluate of the deployed system, from a person's machine, writing nothing in AWS."""
