"""Measurements: how good the forecasts are, how fast the service is, and which faults it survives."""
