"""How good probabilities are, and how sure one can be of it."""
