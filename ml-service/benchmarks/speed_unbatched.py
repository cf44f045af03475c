"""The service with batches of one request: without micro-batching."""

from __future__ import annotations

from importlib import import_module

from api import predictor_host

predictor_host.MAX_BATCH = 1
app = import_module("main").app  # builds the host, with that size
