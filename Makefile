# Every target is one call of tasks.py, so that Windows, which has no make, does the same with
# "python tasks.py start". Extra words go in ARGS: make test ARGS="-k search".
PYTHON ?= python3
TASKS = setup start demo test check bench drill assets lock messages pictures

.PHONY: $(TASKS)
$(TASKS):
	@$(PYTHON) tasks.py $@ $(ARGS)
