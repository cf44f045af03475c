"""One distribution of a match's 90-minute goals, which agrees with the served markets, and what follows from it."""
