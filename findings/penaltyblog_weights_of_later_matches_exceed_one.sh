#!/bin/sh
# penaltyblog 1.13.1: `dixon_coles_weights` with a `base_date` gives matches after that date more weight than any
# before it.
#
# One expects weights as of a date to leave out what had not been played, with 0 or an error: that is what a
# walk-forward test is for. The formula exp(-xi * age) is taken for negative ages too, so a fit "as of" a date learns
# most from its own future unless the matches are cut by hand.
#
# Seen, five weekly matches, xi 0.01, as of the third: 0.869, 0.932, 1.000, 1.073, 1.150.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check penaltyblog==1.13.1 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'EOF'
import datetime

import numpy as np
from penaltyblog.models import dixon_coles_weights

first = datetime.datetime(2024, 1, 1)
dates = np.array([first + datetime.timedelta(weeks=week) for week in range(5)])
weights = dixon_coles_weights(dates, 0.01, base_date=dates[2])
print(np.round(weights, 3))
assert np.all(np.diff(weights) > 0)
assert np.all(weights[3:] > 1.0)
EOF
