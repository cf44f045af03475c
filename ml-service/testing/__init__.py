"""Databases, leagues and services for tests and benchmarks."""
