"""What marks say about the marker who gave them: agreement, trust, review. Pure numpy: no I/O, no clock."""

import os

# numpy's BLAS on one thread: on two busy cores its spinning threads made the agreement of 48,000 marks cost 13 s of CPU
# instead of 2.5 s, and the event loop needs the other core. It is read when numpy is first imported, which is later.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
