PORT ?= 5006
VENV := .venv
BIN := $(VENV)/bin
ROOT := $(shell [ "$$(id -u)" = 0 ] && echo env || command -v sudo)
APT := $(ROOT) env DEBIAN_FRONTEND=noninteractive apt-get

# Prints the newest Python on the path that we support and that can make environments.
FIND_PYTHON = for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& { command -v $$python; break; }; done

.PHONY: serve live test demo screenshots clean chromium

serve: $(VENV)/.installed
	@$(BIN)/retail-panel serve --port $(PORT)

live: $(VENV)/.installed
	@$(BIN)/retail-panel live --port $(PORT)

# What a browser shows in time it does not show beside other tests.
test: $(VENV)/.installed-test chromium
	$(BIN)/ruff check .
	$(BIN)/bandit -q -c pyproject.toml -r retail_panel -ll
	$(BIN)/python tests/known_holes.py
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --ignore tests/browser
	$(BIN)/python -m pytest tests/browser

demo: $(VENV)/.installed
	$(BIN)/retail-panel demo

screenshots: $(VENV)/.installed-test chromium
	$(BIN)/python docs/screenshots.py

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@python=$$($(FIND_PYTHON)); \
	for package in python3-venv python3.11-venv; do \
		if [ -z "$$python" ] && [ -n "$(ROOT)" ] && command -v apt-get >/dev/null; then \
			$(APT) update -qq; $(APT) install -y -qq $$package || true; \
			python=$$($(FIND_PYTHON)); \
		fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11, 3.12 or 3.13 with its venv module is needed (Debian, Ubuntu: apt install python3-venv)" >&2; \
		exit 1; \
	fi; \
	echo "Creating $(VENV) with $$python"; \
	"$$python" -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV); the first time takes some minutes"
	@$(BIN)/python -m pip install --quiet --editable '.[excel,sql]'
	@touch $@

$(VENV)/.installed-test: setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) with what tests need; the first time takes some minutes"
	@$(BIN)/python -m pip install --quiet --editable '.[excel,sql,test]'
	@touch $(VENV)/.installed $@

# Ubuntu has Chromium as a snap only; playwright brings its own there.
chromium: $(VENV)/.installed-test
	@if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null && [ -n "$(ROOT)" ]; then \
		{ $(APT) update -qq && $(APT) install -y -qq --no-install-recommends chromium fonts-liberation; } \
		|| $(BIN)/playwright install --with-deps chromium \
		|| echo "No Chromium could be installed; tests that need a browser are skipped" >&2; \
	fi
