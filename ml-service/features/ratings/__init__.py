"""The ratings: one pass over all matches in time order moves each by results and reads feature rows on the way.

Two kinds of event arrive sorted by time. An UPDATE, at the moment a result is known, moves the ratings by that match
alone; a READ, at the moment of a forecast, writes the match's features and moves nothing. Matches that overlap are
read before either result is known, so neither sees the other.

Each group of features is a module with its COLUMNS, an `update` and a `write` that gives values in their order:
`elo`, `strengths`, `poisson`, `form`, `shots`, `market`, `league`. They share `state` (what the pass remembers),
`strength_settings` (the filter's tuned table), `transfers` (teams that change league) and `averages`; `replay` calls
them in order.

All arithmetic is scalar float64 in loops without fastmath: with NUMBA_DISABLE_JIT=1 plain Python gives the same
numbers. Compiled functions here take their constants and callees from this package alone, because the cache of
compiled code goes by a digest of it (`common.numba_cache`).
"""
