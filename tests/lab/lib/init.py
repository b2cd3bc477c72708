"""PID 1 of a lab host: reaps orphans, ends on SIGTERM (the kernel then ends all that runs inside)."""

import os
import signal
import time

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
while True:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    time.sleep(1)
