"""The strengths under the shared Kalman filter, and the settings of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# The strengths, in the order of their blocks in the state and of the rows of `STRENGTHS`.
(
    MARKET, MARKET_FAST, MARKET_TOTAL, MARKET_DRAW,
    PERFORMANCE, PERFORMANCE_FAST, PERFORMANCE_SLOW, GOALS,
) = range(8)  # fmt: skip
N_STRENGTHS = 8

# Columns of `STRENGTHS`, one row a strength.
(
    SIGN,  # -1: home minus away; +1: the two teams add up
    START_VARIANCE,  # of a team never seen, and the most that any team can have
    NOISE,  # variance of one observation
    NOISE_SQUARED,  # relative growth of the noise with the square of the observation
    DAY_VARIANCE,  # random walk, a day
    MATCH_VARIANCE,  # random walk, a match
    SEASON_KEEP,  # share of the mean that a season break leaves
    SEASON_VARIANCE,  # random walk, a season break
    BASE_RATE,  # learning rate of the league's base
    LEVEL_RATE,  # learning rate of league levels, from teams that moved
    CUP_RATE,  # learning rate of league levels, from matches between leagues
    MOVE_KEEP,  # share of the mean that a change of league leaves
    MOVE_VARIANCE,  # added by a change of league
    NEWCOMER_START,  # first guess for a team from outside the database
    NEWCOMER_RATE,  # learning rate of that guess
    RETURN_KEEP,  # share of its old mean that a team absent for a season keeps
    SETTLING_MATCHES,  # matches after a move that teach league levels
    SURPRISE_WEIGHT,  # how far a performance beyond the price moves the mean
) = range(18)

# Tuned by coordinate descent on the squared distance to the closing price, seasons 2014-15 to 2018-19; the last
# four, which know results only, on that of all of them together, in all divisions and the five biggest leagues alike.
STRENGTHS: NDArray[np.float64] = np.array(
    [
        [-1, 0.25, 0.03, 0.15, 7.7e-5, 0.002, 0.9, 0.08, 0.007, 0.42, 0.02, 0.7, 0.06, -0.4, 0.3, 0.1, 5, 0.00875],
        [-1, 0.125, 0.014, 0.3, 2.8e-4, 0.0028, 0.72, 0.1, 0.007, 0.3, 0.02, 0.7, 0.06, -0.4, 0.15, 0.1, 5, 0.1],
        [1, 0.005, 0.01, 0, 8e-5, 3e-4, 0.6, 0.005, 0.004, 0, 0, 0.85, 0.01, 0, 0.05, 0.2, 5, 0.008],
        [1, 0.002, 0.003, 0, 1e-5, 1e-4, 0.5, 0.002, 0.04, 0, 0, 0.75, 0.003, 0, 0.05, 0.2, 5, -0.002],
        [-1, 0.21, 0.4, 0, 1.2e-4, 2.6e-4, 0.938, 0.06, 0.0016, 0.03, 0.005, 0.72, 0.063, -0.4, 0.03, 0.1, 20, 0],
        [-1, 0.42, 1.2, 0, 0.0014, 0.005, 0.93, 0.024, 2.6e-4, 0.0084, 0.005, 0.86, 0.015, -0.4, 0.06, 0.11, 20, 0],
        [-1, 0.75, 21, 0, 6.5e-6, 2e-5, 0.995, 0.004, 0.001, 0.0126, 0.005, 0.972, 0.0084, -0.4, 0.0084, 0.7, 20, 0],
        [-1, 0.21, 1.6, 0, 8.4e-6, 8e-5, 0.997, 0.15, 0.0037, 0.015, 0.005, 0.983, 0.015, -0.4, 0.015, 0.1, 112, 0],
    ],
    dtype=np.float64,
)  # fmt: skip

# What a team keeps of its mean where its whole league is missing for a season or more: instead of RETURN_KEEP that
# took 0.0120 [0.0090, 0.0149] off the log-loss by results in the eleven weeks after a hidden season (22 divisions).
RESUMED_KEEP = 0.75
# Learning rate of the home level common to the world: 0.0017 [0.0007, 0.0025] less in 2020-21, behind closed doors,
# and 0.00004 [-0.00004, 0.00011] more in 2012 to 2018.
WORLD_RATE = 1.0 / 4000.0
# All teams that join a league in one season share a step of learning, as if at least this many had come.
MIN_SHARED_STEP = 3.0
LOG_RATIO_TO_RATES = 0.587  # slope of the log ratio of goal rates on that of winning chances, closes 2014-19
