"""Command-line client of the service."""
