#!/bin/sh
# shin 0.2.2: probabilities of three prices whose margin is below zero do not sum to one.
#
# The best price of each outcome over all bookmakers often has a margin below zero. One expects
# `calculate_implied_probabilities` to refuse it, or to answer with probabilities, as other methods of removing a margin
# do. With two outcomes it does: its closed form sums to 1, with a negative share of insiders. With three it answers
# with numbers that sum to less than 1, without an error or a warning: at a margin of -0.1% to 0.997, of -1% to 0.943,
# so each probability is too small and each bet seems to lose. More iterations change nothing. `full_output` shows what
# happened: all iterations used and a `delta` far from zero.
#
# Seen: [2.2, 3.6, 4.2], margin -0.0296: 0.4376, 0.2513, 0.2098, together 0.8986; delta 0.19 after 1,001 iterations.
# [2.0, 2.1], margin -0.0238: 0.5119, 0.4881, together 1.
#
# What works: look at the margin first, or at the sum of the answer.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check shin==0.2.2
"$folder/venv/bin/python" - <<'EOF'
from shin import calculate_implied_probabilities


def margin(odds):
    return sum(1 / price for price in odds) - 1


def show(odds, **options):
    details = calculate_implied_probabilities(odds, full_output=True, **options)
    probabilities = calculate_implied_probabilities(odds, **options)
    total = sum(probabilities)
    print(odds, f"margin {margin(odds):.4f}", [round(value, 4) for value in probabilities], f"sum {total:.4f}", details)
    return total, details


three = [2.2, 3.6, 4.2]
total, details = show(three)
assert abs(total - 0.8986) < 0.001 and details.delta > 0.1
more, _ = show(three, max_iterations=100_000)
assert more == total

fair = [price * (1 + margin(three)) for price in three]
for below, expected in ((0.001, 0.9974), (0.01, 0.9434)):
    total, _ = show([price / (1 - below) for price in fair])
    assert abs(total - expected) < 0.001
total, _ = show([price / 1.05 for price in fair])
assert abs(total - 1) < 1e-9

total, details = show([2.0, 2.1])
assert abs(total - 1) < 1e-9 and details.z < 0
EOF
