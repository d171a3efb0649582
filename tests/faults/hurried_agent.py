"""The agent with a clock that runs twelve times as fast: its minute of patience is five seconds."""

import time

from agent.__main__ import main
from agent.clock import Timing

HURRY = 12

if __name__ == "__main__":
    Timing.now = lambda _: time.monotonic() * HURRY
    main()
