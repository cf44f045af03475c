"""The serving copy of match history, kept up to date with the database."""
