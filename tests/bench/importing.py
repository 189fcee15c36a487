"""`python -m tests.bench.importing` prints the wall and CPU seconds of `import app.main`."""

import importlib
import time

wall, cpu = time.perf_counter(), time.process_time()
importlib.import_module("app.main")
print(time.perf_counter() - wall, time.process_time() - cpu)  # noqa: T201 - the line callers wait for
