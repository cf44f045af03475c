#!/bin/sh
# LightGBM 4.7.0 (4.3.0 does the same): early stopping judges the trees without the training data's `init_score`.
#
# Trees that correct a bookmaker's price start from its margin: the `init_score` of the training data. One expects the
# validation data, made with `reference=` the training data, to be judged from a price too, or a word that its own is
# missing. But its metric is of the trees alone. Where the price is too sure of itself, the trees draw it back, so by
# themselves they are worse than nothing from the first round on, and early stopping keeps that one. Nothing is said,
# with verbose=1 either.
#
# Seen: log-loss of the price 0.5439; of price and trees 0.5307 after the 17 rounds that validation data with the
# price's `init_score` chooses, 0.5406 after the 1 round chosen without, whose metric is 0.7048.
#
# What works: give each validation dataset an `init_score` of its own. `Dataset.subset` and `lightgbm.cv` take it along.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'EOF'
import lightgbm as lgb
import numpy as np

generator = np.random.default_rng(1)
columns = generator.normal(size=(12000, 4))
price = 1.0 + 1.5 * columns[:, 0]
outcome = (generator.random(12000) < 1 / (1 + np.exp(-1.0 - 1.0 * columns[:, 0]))).astype(int)
early, late = slice(0, 8000), slice(8000, 12000)
settings = {"objective": "binary", "num_leaves": 6, "learning_rate": 0.1, "verbose": 1, "seed": 1}


def log_loss(margins):
    return float(np.mean(np.log1p(np.exp(np.where(outcome[late] == 1, -margins, margins)))))


def model(validation_start):
    training = lgb.Dataset(columns[early], outcome[early], init_score=price[early])
    validation = lgb.Dataset(columns[late], outcome[late], init_score=validation_start, reference=training)
    return lgb.train(settings, training, 300, valid_sets=[validation], callbacks=[lgb.early_stopping(10)])


def with_price(booster):
    return log_loss(price[late] + booster.predict(columns[late], raw_score=True))


informed, blind = model(price[late]), model(None)
for name, booster in (("with init_score", informed), ("without", blind)):
    shown = booster.best_score["valid_0"]["binary_logloss"]
    print(f"{name}: rounds {booster.best_iteration}, metric {shown:.4f}, price and trees {with_price(booster):.4f}")
print(f"price alone {log_loss(price[late]):.4f}")
assert abs(informed.best_score["valid_0"]["binary_logloss"] - with_price(informed)) < 1e-6
assert blind.best_score["valid_0"]["binary_logloss"] > with_price(blind) + 0.1
assert blind.best_iteration <= 3 < 12 < informed.best_iteration
assert with_price(informed) < with_price(blind) - 0.005
EOF
