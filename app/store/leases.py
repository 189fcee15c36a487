"""Leases of what is neither a session nor an exam: documents being read, tests being made."""

from dataclasses import dataclass
from typing import ClassVar

from app.store.base import LEASE_SECONDS, StoreBase


@dataclass(frozen=True, slots=True)
class JobLease:
    """`held` is False once the job is another process's, gone, or over. Nothing is stopped through these leases."""

    held: bool
    stop_reason: str | None = None


class JobStore(StoreBase):
    """`kind` is the table that the jobs stand in."""

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
        """Processes under one kernel that hold leases which are good."""
        return list(await self._ask("lease_holders", kernel=kernel))

    async def release_leases(self, lease_owners: list[str]) -> None:
        """Give free what these processes held."""
        await self._ask("release_leases", lease_owners=lease_owners)
