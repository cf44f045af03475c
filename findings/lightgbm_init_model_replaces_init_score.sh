#!/bin/sh
# LightGBM 4.7.0 (4.3.0 does the same): training that goes on from `init_model` forgets the dataset's `init_score`.
#
# A dataset's `init_score` holds the margin that the trees are to correct, such as that of a bookmaker's price. One
# expects 25 rounds, and 25 more from `init_model` on an equal dataset, to give what 50 rounds at once give. Without
# `init_score` they do, to the last bit. With it, the scores of the first 25 rounds take its place without a word, with
# verbose=1 as well: the later 25 learn the price anew, and adding it back at prediction counts it twice.
#
# Seen: log-loss of the price 0.4919, of 50 rounds 0.4690, of 25 and 25 rounds 0.5342, worse than the price alone.
#
# What works: give the second training the first one's margins, with the price's added, as its `init_score`, and no
# `init_model`.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'EOF'
import lightgbm as lgb
import numpy as np

generator = np.random.default_rng(1)
columns = generator.normal(size=(6000, 4))
price = 1.0 + 1.5 * columns[:, 0]
outcome = (generator.random(6000) < 1 / (1 + np.exp(-price - 0.3 * columns[:, 1]))).astype(int)
settings = {"objective": "binary", "num_leaves": 6, "learning_rate": 0.1, "verbose": -1, "seed": 1}


def data(start):
    return lgb.Dataset(columns, outcome, init_score=start)


def log_loss(margins):
    return float(np.mean(np.log1p(np.exp(np.where(outcome == 1, -margins, margins)))))


def losses(start):
    added = 0.0 if start is None else start
    at_once = lgb.train(settings, data(start), 50)
    first = lgb.train(settings, data(start), 25)
    continued = lgb.train(settings, data(start), 25, init_model=first)
    both = [added + model.predict(columns, raw_score=True) for model in (at_once, continued)]
    further = lgb.train(settings, data(first.predict(columns, raw_score=True) + added), 25)
    return [*map(log_loss, both), log_loss(first.predict(columns, raw_score=True)
            + further.predict(columns, raw_score=True) + added)]


alone = log_loss(price)
without, with_price = losses(None), losses(price)
print(f"price alone {alone:.4f}")
print(f"without init_score: 50 rounds {without[0]:.4f}, 25 and 25 {without[1]:.4f}")
print(f"with init_score: 50 rounds {with_price[0]:.4f}, 25 and 25 {with_price[1]:.4f}, "
      f"25 on the first one's margins {with_price[2]:.4f}")
assert without[0] == without[1]
assert with_price[0] < alone < with_price[1]
assert abs(with_price[2] - with_price[0]) < 1e-6
EOF
