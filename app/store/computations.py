"""What the app asks the database about computations that servers leave to workers."""

from dataclasses import dataclass
from typing import Literal

from app import __version__
from app.store.base import LEASE_SECONDS
from app.store.leases import JobStore

# A server that waits says so twice a second. A computation is ended when no server said so for this long.
WANTED_SECONDS = 10.0
# A computation that ended the process of so many workers, for example by its use of memory, is not tried again.
MOST_CLAIMS = 3


@dataclass(frozen=True, slots=True)
class ComputationState:
    """`unknown`: the question has to be sent with it. `answer` is None unless it is done, or failed with an error."""

    state: Literal["unknown", "waiting", "running", "done", "failed"]
    answer: str | None


@dataclass(frozen=True, slots=True)
class ClaimedComputation:
    """`correlation_id` names the request that asked first."""

    question: str
    correlation_id: str | None


class ComputationStore(JobStore):
    """Computations; questions and answers are texts. Only processes of one version of the program share them."""

    kind = "computation"

    async def ask(self, key: str, question: str | None = None, *, fresh: bool = False) -> ComputationState:
        """How far a computation is, which stays wanted. It is stored, if it is not known and its question is given.
        `fresh` forgets that it failed before.
        """
        row = await self._ask(
            "ask_computation",
            key=key,
            version=__version__,
            question=question,
            wanted_seconds=WANTED_SECONDS,
            fresh=fresh,
        )
        return ComputationState(row["state"], row["answer"])

    async def withdraw(self, key: str) -> None:
        """This server wants it no longer."""
        await self._ask("withdraw_computation", key=key)

    async def unclaimed(self) -> list[str]:
        return list(await self._ask("unclaimed_jobs", kind=self.kind, version=__version__))

    async def claim(self, computation_id: str, lease_owner: str) -> ClaimedComputation | None:
        """What to compute; None if another process works on it, nobody wants it, or it is another owner's turn."""
        row = await self._ask(
            "claim_computation",
            id=computation_id,
            version=__version__,
            lease_owner=lease_owner,
            lease_seconds=LEASE_SECONDS,
            most_claims=MOST_CLAIMS,
        )
        return None if row is None else ClaimedComputation(row["question"], row["correlation_id"])

    async def finish(self, computation_id: str, lease_owner: str, answer: str, *, failed: bool) -> None:
        await self._ask("finish_computation", id=computation_id, lease_owner=lease_owner, answer=answer, failed=failed)
