"""`python -m cli train | predict | backtest`."""

import sys

from cli.app import main

sys.exit(main())
