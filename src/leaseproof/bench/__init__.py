"""Benchmarks and fault campaigns: the only code that imports the worker and the proof side."""
