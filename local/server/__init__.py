"""The process of the embedded AWS: ministack, the adapters, the simulators and the `/_local` endpoints."""
