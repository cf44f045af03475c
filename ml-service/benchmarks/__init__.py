"""What is measured: how good the forecasts are, how fast the service is, how much it survives."""
