"""Scores of probabilistic forecasts, their confidence intervals and the baselines to beat."""
