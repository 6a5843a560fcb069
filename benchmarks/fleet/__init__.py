"""A generated fleet of clusters behind the read APIs of AWS, for benchmarks and tests.

`python -m benchmarks.fleet --clusters 100 --latency-ms 30` serves it on loopback; `process.FleetProcess` starts it from
a program. Every answer is a function of the seed and the names alone, so that a scan can be checked against the truth
and not only timed.
"""
