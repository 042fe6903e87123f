# make demo   hear Messina: sets everything up, makes its own sounds, learns them for a minute
# make play   play what it learnt, in the browser
# make test   run every check
#
# PYTHON=python3.12 chooses the interpreter, VENV=folder the place of the virtual environment,
# TORCH=torch==2.13.0 another build of torch than the one scripts/setup would choose, MINUTES how
# long the demo learns.

VENV ?= .venv
MINUTES ?= 1
PYTHON ?=
export PYTHON TORCH

.PHONY: demo play test clean

demo: $(VENV)/.ready-train
	$(VENV)/bin/messina demo -o demo --minutes $(MINUTES)

play: demo/demo.messina
	$(VENV)/bin/messina play demo/demo.messina

demo/demo.messina:
	$(MAKE) demo

test: $(VENV)/.ready-dev
	VENV="$(VENV)" scripts/check

$(VENV)/.ready-%: pyproject.toml scripts/setup package-lock.json $(wildcard requirements/*.txt)
	scripts/setup "$(VENV)" "$*"
	@touch "$@"

clean:
	rm -rf "$(VENV)" demo
