"""How a command fails, and what its exit codes mean."""

TEST_FORMATS = ("moodle", "gift", "aiken", "qti21", "qti30", "csv", "json", "docx")
QUESTION_KINDS = ("single", "several", "true_false", "assertion_reason", "matching")
BLOOM_LEVELS = ("remember", "understand", "apply", "analyse", "evaluate", "create")


FAILED, MISUSED, INTERRUPTED = 1, 2, 130


class CommandError(Exception):
    """The command cannot do its work. The message is for the person at the terminal."""
