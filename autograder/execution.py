"""Run the cells of a notebook: nbgrader's executor, with limits, and with what was earned before a crash kept."""

import os
import re
import subprocess
from time import monotonic
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute

from .isolation import grade_id, is_answer, is_check, is_shown
from .limits import Limits

ENVIRONMENT = {
    "LABS_BUDGET": "grade",
    "LABS_DATASET": "strokes",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",  # the networks of a check are small: a second thread costs more than it brings
    "MKL_NUM_THREADS": "1",
}


class Execution(Execute):
    """nbgrader's executor. A cell that runs too long is interrupted; a dead kernel costs only what comes after it.

    Attributes
    ----------
    events : list of str
        What went wrong, in plain words.
    """

    def __init__(self, limits: Limits) -> None:
        late = f"stopped after {limits.cell} seconds, the limit for a cell"
        super().__init__(
            kernel_name="python3",
            shutdown_kernel="immediate",
            shell_timeout_interval=1,
            error_on_timeout={"ename": "TimeLimit", "evalue": late, "traceback": [f"TimeLimit: {late}"]},
        )
        self.limits, self.events = limits, []
        self.exercises_began = False
        self.skipped = ""  # the text of the cells that only show something
        self.stopped = ""  # why no more cells are run
        self.deadline = monotonic() + limits.notebook

    def setup_kernel(self, **kwargs: Any) -> Any:
        """Start the kernel in the grader's environment, its own messages kept out of the grader's."""
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return super().setup_kernel(env={**os.environ, **ENVIRONMENT}, **silent, **kwargs)

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        """Run one cell, within what is left of the limits."""
        remaining = self.deadline - monotonic()
        if remaining < 1 and not self.stopped:
            self._stop(f"the notebook ran for {self.limits.notebook} seconds, its limit")
        self.exercises_began |= is_answer(cell)
        if self.stopped:
            return self._not_run(cell), resources
        if self.exercises_began and is_shown(cell) and not self.limits.shown:
            self.skipped += cell.source
            return _skipped(cell, "no point depends on it"), resources
        self.timeout = max(1, int(min(self.limits.cell, remaining)))
        try:
            cell, resources = super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            self._stop(f"the kernel died in {_name(cell)}")
            return self._not_run(cell), resources
        except CellTimeoutError:  # interrupted, but not idle
            cell.outputs.append(new_output("error", **self.error_on_timeout))
            if not self._answers():
                self._stop(f"{_name(cell)} could not be interrupted")
        if any(output.get("ename") == "TimeLimit" for output in cell.get("outputs", [])):
            self.events.append(f"{_name(cell)} {self.error_on_timeout['evalue']}")
        if "nbgrader" not in cell.metadata and (name := _unknown_name(cell)) and name in self.skipped:
            return _skipped(cell, f"it needs `{name}`, from a cell on which no point depends"), resources
        return cell, resources

    def _stop(self, why: str) -> None:
        self.stopped = why
        self.events.append(why)

    def _not_run(self, cell: NotebookNode) -> NotebookNode:
        """The cell with the reason in the place of a result: to nbgrader a check without output is full marks."""
        if is_check(cell):
            why = f"not run: {self.stopped}"
            cell.outputs = [new_output("error", ename="NotRun", evalue=why, traceback=[f"NotRun: {why}"])]
        return cell

    def _answers(self) -> bool:
        """Interrupt the kernel again: training loops take the first interrupt as the stop button."""
        self.timeout = 2
        try:
            return any(self.wait_for_reply(self.kc.kernel_info()) for _ in range(2))
        except DeadKernelError:
            return False


def _skipped(cell: NotebookNode, why: str) -> NotebookNode:
    if cell.cell_type == "code":
        cell.outputs = [new_output("stream", text=f"Not run by the grader: {why}.\n")]
    return cell


def _unknown_name(cell: NotebookNode) -> str:
    """The name for which a cell stopped with a NameError."""
    errors = [output.evalue for output in cell.get("outputs", []) if output.get("ename") == "NameError"]
    found = re.match(r"name '(\w+)' is not defined", errors[-1] if errors else "")
    return found.group(1) if found else ""


def _name(cell: NotebookNode) -> str:
    if "nbgrader" in cell.metadata:
        return f"the cell {grade_id(cell)}"
    first = cell.source.strip().splitlines()[0]
    return f"the cell that begins with `{first[:40]}`"
