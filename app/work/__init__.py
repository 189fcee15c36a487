"""Work under leases: which process works on which job, the calls of the job, and its live progress."""
