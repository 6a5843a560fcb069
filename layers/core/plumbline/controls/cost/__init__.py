"""Cost: nothing runs that nobody needs."""
