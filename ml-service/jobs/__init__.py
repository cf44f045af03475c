"""Trainings and backtests, each in a process of its own."""
