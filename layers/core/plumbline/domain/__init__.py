"""The pure core: evidence, snapshots, controls, verdicts, findings. No I/O, no clock, no AWS library."""
