"""The example fleet: data files, their validation, and the world built from them."""
