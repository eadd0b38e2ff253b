"""Code and notebooks are formatted and linted by ruff."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("command", [["format", "--check"], ["check"]], ids=" ".join)
def test_ruff_agrees(command: list[str]):
    ran = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "."], cwd=Path(__file__).parent.parent, capture_output=True, text=True
    )
    assert ran.returncode == 0, f"run `make format`\n{ran.stdout}{ran.stderr}"
