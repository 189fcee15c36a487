"""Leases of documents that are being read and tests that are being made."""

from dataclasses import dataclass
from typing import ClassVar

from app.store.base import LEASE_SECONDS, StoreBase


@dataclass(frozen=True, slots=True)
class JobLease:
    """`held` is False if another process holds the job, or the job is deleted or over. These leases carry no stop."""

    held: bool
    stop_reason: str | None = None


class JobStore(StoreBase):
    """`kind` is the table of the jobs."""

    kind: ClassVar[str]

    async def unclaimed(self) -> list[str]:
        return list(await self._ask("unclaimed_jobs", kind=self.kind))

    async def renew_lease(self, job_id: str, lease_owner: str) -> JobLease:
        row = await self._ask(
            "renew_job", kind=self.kind, id=job_id, lease_owner=lease_owner, lease_seconds=LEASE_SECONDS
        )
        return JobLease(row["held"])

    async def release_lease(self, job_id: str, lease_owner: str) -> None:
        await self._ask("release_job", kind=self.kind, id=job_id, lease_owner=lease_owner)


class LeaseStore(StoreBase):
    """The leases of all processes on sessions, documents and tests."""

    async def lease_holders(self, kernel: str) -> list[str]:
        """The processes of one kernel that hold a valid lease."""
        return list(await self._ask("lease_holders", kernel=kernel))

    async def release_leases(self, lease_owners: list[str]) -> None:
        """Release every lease of these processes."""
        await self._ask("release_leases", lease_owners=lease_owners)
