"""Gives an empty virtual environment its pip without a download: what ansible-test asks its get_pip for.

Arguments are those of get-pip: packages for `pip install`, and `--no-setuptools`, `--no-wheel`.
"""

import subprocess
import sys

packages = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
subprocess.run([sys.executable, "-m", "pip", "install", *packages], check=True)
