"""The subprocess that reads scans steps behind the server."""

import subprocess
import sys


def test_who_reads_strangers_files_leaves_the_cores_to_the_server():
    program = "import os; from app.sandbox.worker import limit; limit(5, 1 << 31); print(os.nice(0))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert int(done.stdout) > 0
