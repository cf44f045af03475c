"""The walk-forward backtest: what betting by the model would have brought, and whether that could be luck."""
