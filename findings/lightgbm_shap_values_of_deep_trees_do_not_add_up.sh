#!/bin/sh
# LightGBM 4.7.0 (4.3.0 does the same): SHAP values of a deep tree do not add up to its prediction.
#
# `predict(pred_contrib=True)` is exact TreeSHAP (Lundberg et al. 2020): contributions and base value sum to the raw
# score. One expects that to hold to some 1e-12 for any tree, as it does for most trees of 31 leaves. But each further
# column on a path costs about half a digit, without a word: the weights of a path are undone by divisions whose errors
# grow with it. Leaf-wise trees make such paths where one branch is split again and again, and `max_depth` is unlimited
# unless set.
#
# Seen: one tree, largest distance between sum and prediction: 2e-14 with 10 splits on the longest path, 9e-11 with 23,
# 3e-7 with 38, 1e-4 with 45, 0.004 with 52 (predictions lie between 0 and 55).
#
# What works: a `max_depth` of 20 or so, or a check of the sums.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'EOF'
import lightgbm as lgb
import numpy as np

generator = np.random.default_rng(1)


def deepest(node):
    """Splits on the longest path below a node."""
    children = [node[side] for side in ("left_child", "right_child") if side in node]
    return 1 + max(map(deepest, children)) if children else 0


def gap(columns):
    """Largest distance between the sum of SHAP values and the prediction, of a tree that asks one column at a time."""
    rows = generator.random((40_000, columns))
    is_low = rows < 0.1
    target = np.where(is_low.any(axis=1), is_low.argmax(axis=1), columns).astype(float)
    settings = {
        "objective": "regression",
        "num_leaves": columns + 1,
        "learning_rate": 1.0,
        "min_data_in_leaf": 1,
        "verbose": -1,
        "seed": 1,
    }
    booster = lgb.train(settings, lgb.Dataset(rows, target, params=settings), 1)
    depth = deepest(booster.dump_model()["tree_info"][0]["tree_structure"])
    some = rows[:2000]
    distance = float(np.abs(booster.predict(some, pred_contrib=True).sum(axis=1) - booster.predict(some)).max())
    print(f"{columns} columns, depth {depth}: off by {distance:.2g}; predictions to {booster.predict(some).max():.1f}")
    return distance


gaps = [gap(columns) for columns in (10, 25, 40, 50, 60)]
assert gaps == sorted(gaps)
assert gaps[0] < 1e-12
assert gaps[2] > 1e-9
assert gaps[4] > 1e-4
EOF
