"""Identity: every role and user has what it needs, and nobody else can take it."""
