"""kill -9 at a random moment of a real process, then the same command once more."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from trees import write_tree

from kimai_async.sandbox.serve import serving

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 60


def command(file: Path, url: str, token: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "kimai_async", str(file), "--json", "--quiet", "--url", url],
        env={**os.environ, "KIMAI_TOKEN": token},
        stdout=subprocess.PIPE,
    )


@pytest.mark.parametrize("moment", sorted(random.Random(2026).sample(range(ROWS), 20)))
def test_killed_at_any_moment_the_same_command_completes_it_and_doubles_nothing(tmp_path: Path, moment: int) -> None:
    paths = write_tree(tmp_path / "sixty.csv", 4, 2, 6)
    with serving() as server:
        killed = command(tmp_path / "sixty.csv", server.url, server.token)
        assert killed.stdout is not None
        for _ in range(1 + moment):  # the first says which run it is
            killed.stdout.readline()
        killed.kill()
        killed.communicate()
        after_kill = len(server.sandbox.tree())
        again = command(tmp_path / "sixty.csv", server.url, server.token)
        again.communicate()

        assert again.returncode == 0
        assert server.sandbox.tree() == paths
        assert moment <= after_kill
