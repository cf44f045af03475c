#!/bin/sh
# LightGBM 4.7.0 (4.3.0 does the same): a single missing value among 6,000 training rows decides where every missing
# value goes, and it can be an end of the scale.
#
# The leaves have `min_data_in_leaf` 20, so one expects that one row alone settles nothing, and that a missing rating
# is answered with something near the average. But the limit counts the leaf as a whole: each split sends missing
# values to the side that fits the one row better, in every tree, and so a team without a rating becomes as strong as
# the strongest. With 300 rows whose ratings are missing at random it is answered with their average.
#
# Seen: 0.985 for a missing value where the average outcome is 0.494; the one row without a rating was a win.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'EOF'
import lightgbm as lgb
import numpy as np

generator = np.random.default_rng(1)
rating = generator.normal(1500.0, 120.0, 6000)
won = (generator.random(6000) < 1 / (1 + np.exp(-(rating - 1500.0) / 80.0))).astype(int)
settings = {"objective": "binary", "num_leaves": 6, "min_data_in_leaf": 20, "verbose": -1, "seed": 1}


def of_a_missing_rating(rows):
    column = rating.copy()
    column[rows] = np.nan
    model = lgb.train(settings, lgb.Dataset(column[:, None], won), 50)
    return float(model.predict([[np.nan]])[0])


a_win, a_defeat = np.flatnonzero(won == 1)[:1], np.flatnonzero(won == 0)[:1]
after_a_win, after_a_defeat = of_a_missing_rating(a_win), of_a_missing_rating(a_defeat)
after_many = of_a_missing_rating(np.arange(300))
print(f"average outcome {won.mean():.3f}; a missing rating after one that won {after_a_win:.3f}, "
      f"after one that lost {after_a_defeat:.3f}, after 300 at random {after_many:.3f}")
assert after_a_win > 0.95
assert after_a_defeat < 0.05
assert abs(after_many - won.mean()) < 0.05
EOF
