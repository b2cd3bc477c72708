"""Tests of connections: each target of an environment is tried for real, and what is wrong is told."""

from .result import HostResult, Result, Step
from .secret import Means
from .take_up import take_up_tests
from .try_target import test_connection

__all__ = ["HostResult", "Means", "Result", "Step", "take_up_tests", "test_connection"]
