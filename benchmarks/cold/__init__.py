"""Cold starts: what each function costs before it can answer."""
