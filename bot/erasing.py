"""Carrying out what people asked for who want to be forgotten, step by step, so that others are answered between."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy.exc import DBAPIError

from storage.erasure import Erasure, empty, erasures_due, forget_posted, forget_received, redact_some
from storage.store import Store
from storage.unit import StorageError, StorageFault, Unit

EVERY_S: Final = 60.0

log = logging.getLogger("drumbeat.erasure")


class Eraser:
    """Take the steps of every erasure that is due, as long as the program runs."""

    def __init__(self, store: Store, workspaces: Iterable[int], key: bytes | None) -> None:
        self._store = store
        self._workspaces = tuple(workspaces)
        self._key = key
        """That of the seals; None where nothing is sealed."""

    async def run(self) -> None:
        """Look every minute until cancelled."""
        while True:
            try:
                await self.erase_all()
            except StorageFault as fault:
                log.warning("not_erased", extra={"error": str(fault)})  # the next minute finds it
            await asyncio.sleep(EVERY_S)

    async def erase_all(self) -> None:
        """Take all steps that can be taken now; one that fails is tried again, and keeps no other waiting."""
        for workspace in self._workspaces:
            for erasure in await self._store.read(workspace, erasures_due):
                try:
                    await self._carry_out(workspace, erasure)
                except (StorageError, DBAPIError) as error:  # its text may hold what is to be forgotten
                    told = {"workspace": workspace, "erasure": erasure.number, "error": type(error).__name__}
                    log.error("not_erased", extra=told)

    async def _carry_out(self, workspace: int, erasure: Erasure) -> None:
        if erasure.state == "asked":
            await self._empty(workspace, erasure)
        await self._redact(workspace, erasure)

    async def _empty(self, workspace: int, erasure: Erasure) -> None:
        """Blank mail first: whom it names is known only as long as the rest is there."""
        for forget in (forget_received, forget_posted):
            after: int | None = 0
            while after is not None:
                after = await self._store.write(workspace, _some(forget, erasure, after))
        await self._store.write(workspace, lambda unit: empty(unit, erasure))
        log.info("emptied", extra={"workspace": workspace, "erasure": erasure.number})

    async def _redact(self, workspace: int, erasure: Erasure) -> None:
        while await self._store.write(workspace, lambda unit: redact_some(unit, erasure, self._key)):
            log.info("redacted", extra={"workspace": workspace, "erasure": erasure.number})


def _some(forget: Callable[..., int | None], erasure: Erasure, after: int) -> Callable[[Unit], int | None]:
    return lambda unit: forget(unit, erasure, after=after)
