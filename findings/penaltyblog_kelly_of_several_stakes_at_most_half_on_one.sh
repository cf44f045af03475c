#!/bin/sh
# penaltyblog 1.13.1: `multiple_kelly_criterion` stakes at most half of the bankroll on an outcome, whatever
# `max_total_stake` is.
#
# It maximises expected log growth over the outcomes of one market, with `max_total_stake` 1.0 as the documented limit.
# One expects the Kelly (1956) stake where a single outcome has an edge, as `kelly_criterion` gives, and a fraction of
# it with `fraction`. But each stake is bounded by 0.5 before `fraction` is applied, without a word and with
# `optimization_success` true. So short prices, where Kelly stakes are large, lose growth: "half Kelly" of a stake of
# 0.78 is 0.25, not 0.39.
#
# Seen: prices 1.1, 11, 34 and probabilities 0.98, 0.015, 0.005: `kelly_criterion` stakes 0.78 on the first, growth
# 0.0433; `multiple_kelly_criterion` 0.5, growth 0.0340. With `fraction` 0.5: 0.39 and 0.25.
#
# What works: `kelly_criterion` for an outcome alone; for several, the closed form of Smoczynski and Tomkins (2010).
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check penaltyblog==1.13.1
"$folder/venv/bin/python" - <<'EOF'
from penaltyblog.betting import kelly_criterion, multiple_kelly_criterion

ODDS, PROBABILITIES = [1.1, 11.0, 34.0], [0.98, 0.015, 0.005]

for fraction in (1.0, 0.5):
    alone = kelly_criterion(ODDS[0], PROBABILITIES[0], fraction=fraction)
    several = multiple_kelly_criterion(ODDS, PROBABILITIES, fraction=fraction, max_total_stake=1.0)
    stakes = [round(float(stake), 4) for stake in several.stakes]
    print("fraction", fraction, "alone", round(float(alone.stake), 4), round(float(alone.expected_growth), 5))
    print("several", stakes, round(several.expected_growth, 5), several.optimization_success, several.warnings)
    assert abs(float(alone.stake) - 0.78 * fraction) < 1e-9
    assert abs(several.stakes[0] - 0.5 * fraction) < 1e-3
    assert several.total_stake < 0.55 * fraction
    assert several.optimization_success
    assert several.expected_growth < float(alone.expected_growth)

small = multiple_kelly_criterion([2.2, 3.5, 3.6], [0.40, 0.35, 0.25])
assert abs(small.stakes[1] - float(kelly_criterion(3.5, 0.35).stake)) < 1e-4
EOF
