"""Live progress of tests being made: the same events as of sessions being graded."""

from app.generation.progress import watched
from app.store.generated_tests import GeneratedTestStore
from app.work.background import Background
from app.work.feed import Feed, Snapshot


class GenerationFeed(Feed):
    """`listen` takes the id of a test."""

    def __init__(self, tests: GeneratedTestStore, background: Background) -> None:
        super().__init__(background)
        self._tests = tests

    async def _read(self, session_id: str, owner_id: str | None) -> Snapshot:
        progress, attempts = watched(await self._tests.for_owner(owner_id).slots(session_id))
        return Snapshot(progress, tuple(attempts))
