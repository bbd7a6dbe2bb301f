"""``python -m minilean --config config.json``: runs one backtest."""

import sys

from minilean.launcher.program import run_and_exit

if __name__ == "__main__":
    run_and_exit(sys.argv[1:])
