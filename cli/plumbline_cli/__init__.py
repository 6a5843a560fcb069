"""The command line of Plumbline."""
