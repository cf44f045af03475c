"""The HTTP layer: requests in, answers and errors out."""
