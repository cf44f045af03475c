#!/bin/sh
# scoringrules 0.10.0 and penaltyblog 1.13.1: their ranked probability scores of one forecast of home, draw and away
# differ by more than rounding, in two ways.
#
# One expects `rps_score(0, forecast)` to score the first outcome, as everywhere in Python. scoringrules counts
# categories from one and takes 0 without a word, as an outcome below them all: the score is 1.89, where a perfect
# mistake scores 2. Counted from one, its score is twice penaltyblog's, which divides by the number of outcomes less
# one (as Constantinou & Fenton 2012 do, and most tables of football forecasts).
#
# Seen, of 0.5, 0.3, 0.2: scoringrules 1.89 (0), 0.29 (1), 0.29 (2), 0.89 (3); penaltyblog 0.145, 0.145, 0.445.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scoringrules==0.10.0 penaltyblog==1.13.1 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'EOF'
import numpy as np
import penaltyblog
import scoringrules

forecast = np.array([0.5, 0.3, 0.2])
theirs = [float(scoringrules.rps_score(outcome, forecast)) for outcome in range(4)]
others = [float(penaltyblog.metrics.rps_average(forecast[None], np.array([outcome]))) for outcome in range(3)]
print("scoringrules", np.round(theirs, 4), "penaltyblog", np.round(others, 4))
assert np.allclose(theirs[0], 1.89)
assert np.allclose(theirs[1:], 2 * np.array(others))
EOF
