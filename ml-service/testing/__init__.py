"""Real parts for tests and benchmarks: databases, leagues, services."""
