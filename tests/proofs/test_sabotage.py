"""Every guard that the controls take away is still where they look for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.sources import ROOT
from tests.proofs import sabotage
from tests.proofs.sabotage import Act, NameGone


@pytest.mark.slow
def test_what_a_sabotage_replaces_is_there() -> None:
    code = "from tests.proofs.sabotage import ACTS, commit; [commit(name) for name in ACTS]"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)  # for it could not be taken back here


def test_a_name_that_is_gone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sabotage, "ACTS", {"old": (Act("storage.mail:no_such_guard", lambda original: original),)})
    with pytest.raises(NameGone, match=r"storage\.mail:no_such_guard"):
        sabotage.commit("old")
