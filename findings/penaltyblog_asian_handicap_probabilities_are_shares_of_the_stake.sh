#!/bin/sh
# penaltyblog 1.13.1: `asian_handicap_probs` and `totals` of a quarter line give shares of the stake, not
# probabilities.
#
# At home +0.25 a draw is a half-win. One expects five outcomes, or the probability that the bet wins in full. The
# three numbers split the draw instead: half of it counts as a win, half as a push. Expected profit is right, but no
# bet wins with this "win" probability, a push cannot happen on a quarter line, and a Kelly stake or the variance
# computed from the three is that of another bet. `asian_handicap` returns the first of them alone, so that its
# inverse is the fair price of no line on which money comes back: at 0, -0.25 and -0.5 it is one and the same number.
#
# Seen, goal rates 1.5 and 1.1: home win 0.464, draw 0.258; at +0.25 win 0.593 and push 0.129.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check penaltyblog==1.13.1 numpy==2.4.6 scipy==1.17.1
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'EOF'
import numpy as np
from penaltyblog.models import FootballProbabilityGrid
from scipy.stats import poisson

goals = np.arange(15)
grid = FootballProbabilityGrid(np.outer(poisson.pmf(goals, 1.5), poisson.pmf(goals, 1.1)), 1.5, 1.1)
home, draw, away = grid.home_draw_away
quarter = grid.asian_handicap_probs("home", 0.25)
lines = [grid.asian_handicap("home", line) for line in (0.0, -0.25, -0.5)]
print(f"home {home:.3f}, draw {draw:.3f}, away {away:.3f}; home +0.25:",
      {name: round(float(value), 3) for name, value in quarter.items()}, "; at 0, -0.25, -0.5:", np.round(lines, 3))
assert np.isclose(quarter["win"], home + draw / 2)
assert np.isclose(quarter["push"], draw / 2)
assert np.allclose(lines, home)

price = 1.9
profits, chances = np.array([price - 1, (price - 1) / 2, -1.0]), np.array([home, draw, away])
three, theirs = np.array([price - 1, 0.0, -1.0]), np.array([quarter[name] for name in ("win", "push", "lose")])


def kelly(profit, chance):
    stakes = np.linspace(0.0, 0.9, 90_001)
    return stakes[np.argmax(sum(p * np.log1p(stakes * x) for x, p in zip(profit, chance)))]


print(f"expected profit {profits @ chances:.4f} and {three @ theirs:.4f}; Kelly stake {kelly(profits, chances):.3f}"
      f" of the real bet, {kelly(three, theirs):.3f} of the three numbers")
assert np.isclose(profits @ chances, three @ theirs)
assert kelly(profits, chances) - kelly(three, theirs) > 0.01
EOF
