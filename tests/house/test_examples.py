"""Law: the examples in docstrings are real and run."""

from __future__ import annotations

import doctest
import importlib

import pytest

from tests.house.sources import read_sources

MODULES = [source.module for source in read_sources() if ">>> " in source.text and not source.is_package]


@pytest.mark.parametrize("module", MODULES)
def test_examples_of_a_module_run(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0
