# Each target sets .venv up by itself; when pyproject.toml and constraints.txt have not changed, that takes no time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# `EXTRAS=dev,browser-tests make test` tests pages that need a browser too; it wants Chromium on this machine.
EXTRAS ?= dev
# Each file of tests in one process; `make test WORKERS=0` runs them one after the other.
WORKERS ?= auto
STAMP := $(VENV)/.installed-$(EXTRAS)

.PHONY: demo test check serve bench score clean

demo: $(STAMP)
	$(BIN)/stoppress demo

test: $(STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist loadfile $(TESTS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy archive crawler
	$(BIN)/cog --check README.md docs/*.md

serve: $(STAMP)
	$(BIN)/stoppress serve

bench: $(STAMP)
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script --quick || exit 1; done

SHARED := ../shared
SCORE := $(BIN)/python $(SHARED)/eval/score.py $(SHARED)/corpus/pages $(SHARED)/corpus/gold --extract

score: $(STAMP)
	@if test -f $(SHARED)/eval/score.py && test -d $(SHARED)/corpus/gold; then \
	  echo "== with layouts" && $(SCORE) "$(BIN)/stoppress extract --json" && \
	  echo "== generic" && $(SCORE) "$(BIN)/stoppress extract --json --generic"; \
	else echo "Nothing was scored: the scorer and the corpus of real pages are not in $(SHARED)."; fi

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Stop Press needs Python 3.11 or newer; set PYTHON=python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$(EXTRAS)]'
	@touch $(STAMP)

clean:
	rm -rf $(VENV) build dist stoppress-demo
