"""What follows the database while the service runs."""
