"""Which tests a system cannot run, and why."""

from __future__ import annotations

import os

import pytest

signals = pytest.mark.skipif(os.name != "posix", reason="a process that gets a signal from another ends on Windows")
pipes = pytest.mark.skipif(os.name != "posix", reason="pipes are waited for, and break, as on POSIX")
permissions = pytest.mark.skipif(os.name != "posix", reason="a file has the permissions of its umask on POSIX alone")
processes = pytest.mark.skipif(os.name != "posix", reason="what a process used is known on POSIX alone")
limits = pytest.mark.skipif(os.name != "posix", reason="a process has limits that it can lower on POSIX alone")
deletion = pytest.mark.skipif(os.name != "posix", reason="a file that is open can be deleted on POSIX alone")
