# Needs make and python3 >= 3.11 with venv; everything else is fetched into .venv, from the hashed lock files.

PYTHON ?= python3
BIN := .venv/bin
QUICK := not postgres and not browser and not slow
REST := postgres or browser or slow
DECIDING := $(addprefix tests/, storage/test_erasure.py adapters/test_shapes.py adapters/feishu/test_gate.py adapters/slack/test_gate.py \
	bot/test_seal.py commands/grammar/test_money.py commands/test_access.py commands/test_approval_routes.py \
	commands/test_bookings.py commands/test_decisions.py commands/test_joined_signers.py commands/test_prices.py \
	storage/test_budgets.py storage/test_seals.py)

.PHONY: help run test check check-rest static coverage bench prove golden words format lock
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.ok ## start the bot: the playground is at http://127.0.0.1:8420/
	@$(BIN)/python -m bot run

demo: .venv/.ok ## watch a week of the demo team pass in two minutes, on the same page
	@$(BIN)/python -m bot demo --days 7

test: .venv/.ok ## the quick tests: no database server, no browser, under a minute
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal -m "$(QUICK)"

check: test check-rest ## everything: form, types, imports, all tests, PostgreSQL, browser, proofs

check-rest: static coverage ## what `make check` does beyond `make test`
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "$(REST)"

static: .venv/.ok ## form, lint, types and imports, without tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

coverage: .venv/.ok ## each branch of what decides is taken by a quick test (the files: pyproject.toml)
	@$(BIN)/coverage run -m pytest --quiet -m "$(QUICK)" $(DECIDING)
	@$(BIN)/coverage report

bench: .venv/.ok ## measure speed
	@$(BIN)/python -m tests.bench

prove: .venv/.ok ## the long proofs of reliability, by hand
	@$(BIN)/python -m tests.proofs

golden: .venv/.ok ## rewrite the golden files; the diff goes in the commit
	@$(BIN)/python -m pytest --golden -m "$(QUICK)"

format: .venv/.ok ## put the code into form
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

COMPILE := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

words: .venv/.ok ## bring the catalogs up to date, and list the texts that lack a translation
	@$(BIN)/python -m tests.house.catalogs

lock: .venv/.ok ## take the newest versions of all dependencies into the lock files
	@$(BIN)/$(COMPILE) --upgrade --group dev --output-file requirements-dev.lock
	@$(BIN)/$(COMPILE) --upgrade --constraint requirements-dev.lock --output-file requirements.lock

# The environment. uv is quick, but pip alone does as well where uv cannot be had or cannot reach the packages.
# hatchling comes from the lock too, so that installing the project itself fetches nothing.
.venv/.ok: requirements.lock requirements-dev.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
		echo "Drumbeat needs Python 3.11 or newer, and finds no $(PYTHON). On Debian: apt-get install python3 python3-venv" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Drumbeat needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.11 ..." >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. On Debian: apt-get install python3-venv" >&2; \
		exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@awk '/^uv==/,!/\\$$/' requirements-dev.lock > .venv/uv.lock
	@{ $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock \
		&& $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock; } || { \
		echo "uv cannot be used here; going on with pip, which takes longer." >&2; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@
