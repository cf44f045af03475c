"""Markets, their odds and their prices over time."""
