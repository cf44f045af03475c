#!/bin/sh
# openskill 6.2.0: `predict_win` and `predict_draw` of one match are not the three probabilities of a football match.
#
# One expects home, draw and away to add up to 1. The two wins alone do: `predict_win` leaves no room for a draw, and
# `predict_draw` comes on top. It also depends on how many players a side has, with ratings unchanged: equal teams of
# one draw with 0.49, of eleven with 0.12.
#
# Seen, 27 against 25 with sigma 3: wins 0.609 and 0.391, draw 0.402, together 1.402.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openskill==6.2.0
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'EOF'
from openskill.models import PlackettLuce

model = PlackettLuce()
home, away = [model.rating(mu=27, sigma=3)], [model.rating(mu=25, sigma=3)]
wins, draw = model.predict_win([home, away]), model.predict_draw([home, away])
print("wins", [round(one, 3) for one in wins], "draw", round(draw, 3), "together", round(sum(wins) + draw, 3))


def equal(players):
    return model.predict_draw([[model.rating(mu=25, sigma=1) for _ in range(players)] for _ in range(2)])


print("draw of equal teams of 1 and 11:", round(equal(1), 3), round(equal(11), 3))
assert abs(sum(wins) - 1.0) < 1e-9
assert draw > 0.3
assert equal(1) > 3 * equal(11)
EOF
