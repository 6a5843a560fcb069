"""Controls of storage."""
