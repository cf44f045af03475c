#!/bin/sh
# penaltyblog 1.13.1: two pairs of its seven methods of removing a margin are one method each.
#
# `differential_margin_weighting` weights the margin by the odds, against the bias towards favourites. One expects other
# probabilities than those of `additive`, which takes an equal part of the margin from each outcome and is known to give
# outsiders less than nothing. But a fair price of n o / (n - M o), with n outcomes, price o and margin M, is a
# probability of 1 / o - M / n: the additive method in terms of odds. So both give the same numbers, and the same
# negative probability of an outsider, without an error. `odds_ratio` and `logarithmic` likewise: a factor on the odds
# is a constant on their logarithm. Averaging or comparing the seven counts these two twice.
#
# Seen: [1.01, 26, 81]: 0.9765, 0.0248, -0.0013 from both of the first pair; 0.9775, 0.0171, 0.0054 from both of the
# second; power 0.9864, 0.0113, 0.0024; Shin 0.9700, 0.0257, 0.0043.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check penaltyblog==1.13.1
"$folder/venv/bin/python" - <<'EOF'
from penaltyblog.implied import ImpliedMethod, calculate_implied


def probabilities(odds, method):
    return [float(value) for value in calculate_implied(odds, method=method).probabilities]


def furthest(one, other):
    return max(abs(a - b) for a, b in zip(one, other))


for odds in ([1.01, 26, 81], [1.05, 12, 30], [2.1, 3.4, 3.9], [1.85, 1.95]):
    answers = {method.name: probabilities(odds, method) for method in ImpliedMethod}
    for name, answer in answers.items():
        print(odds, name, [round(value, 4) for value in answer])
    assert furthest(answers["ADDITIVE"], answers["DIFFERENTIAL_MARGIN_WEIGHTING"]) < 1e-12
    assert furthest(answers["ODDS_RATIO"], answers["LOGARITHMIC"]) < 1e-8
    if len(odds) == 3:
        assert furthest(answers["ADDITIVE"], answers["ODDS_RATIO"]) > 1e-4
        assert furthest(answers["SHIN"], answers["POWER"]) > 1e-4

assert min(probabilities([1.01, 26, 81], ImpliedMethod.DIFFERENTIAL_MARGIN_WEIGHTING)) < -0.001
EOF
