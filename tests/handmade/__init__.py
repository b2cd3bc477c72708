"""Clouds that no test machine can run, told in the words of the tools that would tell of them.

`PYTHONPATH=collections:. python -m tests.handmade` writes each into `tests/recordings/NAME`: `scan`, a
recording as the collectors would have made it, and `truth.json`, what is so by construction. The forms of
what is printed are taken from recordings of real hosts and, where there were none, from the tools' own
sources and manuals.
"""
