"""Training, calibration, storage and serving of models."""
