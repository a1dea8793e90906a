"""The contract of the port, over Feishu: a fake that speaks its protocol, and signed posts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.contract import AdapterContract, Stage
from tests.adapters.feishu.stage import make_hooked, served, stage_of
from tests.fakes.feishu.server import Server

pytestmark = pytest.mark.slow


class TestFeishu(AdapterContract):
    """Feishu, with posts in."""

    @pytest.fixture
    async def feishu(self) -> AsyncIterator[Server]:
        """Run the fake, and see in the end that the adapter kept to the protocol."""
        async with Server() as server:
            yield server
            assert server.world.violations == []

    @pytest.fixture
    async def stage(self, feishu: Server) -> AsyncIterator[Stage]:
        """Serve the adapter's route."""
        adapter = make_hooked(feishu)
        async with served(feishu, adapter):
            yield stage_of(feishu, adapter)
        await adapter.check()  # closes the session
