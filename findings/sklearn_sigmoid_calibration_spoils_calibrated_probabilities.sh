#!/bin/sh
# scikit-learn 1.9.1 (1.4.1.post1 does the same): `CalibratedClassifierCV(method="sigmoid")` makes perfectly
# calibrated probabilities worse, and more data do not help.
#
# A classifier that has `predict_proba` alone, as LightGBM's has, is calibrated on its probabilities, not on their
# logits. One expects a calibration fitted on 100,000 rows to leave true probabilities as they are. But no sigmoid of
# a probability is that probability: the curve that fits best bends them all. A logistic regression of the logit
# would find slope 1 and intercept 0; isotonic regression comes close.
#
# Seen: log-loss 0.3446 of the true probabilities on 100,000 later rows, 0.3569 after "sigmoid", which moves them
# by up to 0.077; 0.3456 after "isotonic".
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'EOF'
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss


class Truth(ClassifierMixin, BaseEstimator):
    def fit(self, columns, outcome):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, columns):
        one = 1 / (1 + np.exp(-(1.0 + 1.5 * columns[:, 0])))
        return np.column_stack([1 - one, one])

    def predict(self, columns):
        return self.classes_[self.predict_proba(columns).argmax(axis=1)]


generator = np.random.default_rng(1)
columns = 2.0 * generator.normal(size=(200_000, 1))
truth = Truth().fit(columns, None)
probability = truth.predict_proba(columns)[:, 1]
outcome = (generator.random(200_000) < probability).astype(int)
half = 100_000
loss = {"truth": log_loss(outcome[half:], probability[half:])}
moved = {}
for method in ("sigmoid", "isotonic"):
    calibrated = CalibratedClassifierCV(FrozenEstimator(truth), method=method)
    calibrated.fit(columns[:half], outcome[:half])
    answer = calibrated.predict_proba(columns[half:])[:, 1]
    loss[method] = log_loss(outcome[half:], answer)
    moved[method] = np.abs(answer - probability[half:]).max()
print({name: round(value, 4) for name, value in loss.items()}, {n: round(float(v), 3) for n, v in moved.items()})
assert loss["sigmoid"] - loss["truth"] > 0.01
assert moved["sigmoid"] > 0.05
assert loss["isotonic"] - loss["truth"] < 0.003
EOF
