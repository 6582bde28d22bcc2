"""Measurements, run by hand: what they print is kept in docs/benchmarks.md."""
