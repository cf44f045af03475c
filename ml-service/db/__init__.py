"""Read-only access to Node's database."""
