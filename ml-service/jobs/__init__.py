"""Trainings and backtests, each in a separate process."""
