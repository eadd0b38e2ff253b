"""Grade one notebook: a pure function, without gradebook, course folder or order."""

import tempfile
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_output

from .execution import Execution
from .isolation import is_check, isolated, without_grader_cells
from .limits import Limits
from .repair import repaired

LARGEST_FIGURE = 1_000_000  # characters of one output of another kind than text


@dataclass(frozen=True)
class Graded:
    """A notebook that has been run: each check cell ends with its points, or with the error that cost them."""

    notebook: NotebookNode
    log: list[str]


def grade_notebook(submitted: NotebookNode, source: NotebookNode, limits: Limits = Limits()) -> Graded:
    """Run a submitted notebook, its checks and the hidden tests.

    Parameters
    ----------
    submitted : NotebookNode
    source : NotebookNode
        The lab's notebook with solutions and hidden tests.
    limits : Limits

    Returns
    -------
    Graded

    Raises
    ------
    Rejected
        If the notebook is none of this lab.
    """
    notebook, log = repaired(submitted, source)
    execution = Execution(limits)
    # An empty folder: nothing beside the notebook shadows a module. It goes after the kernel.
    with tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True) as folder:
        executed, _ = execution.preprocess(isolated(notebook, source), {"metadata": {"path": folder}})
    graded = without_grader_cells(executed)
    for cell in graded.cells:
        if cell.cell_type == "code":
            _shorten(cell, limits.output)
        if is_check(cell):
            _settle(cell)
    return Graded(graded, log + execution.events)


def _settle(cell: NotebookNode) -> None:
    """Leave a number of points or an error. nbgrader takes anything else as full marks, and any stderr as none."""
    cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    if not any(output.output_type == "error" for output in cell.outputs) and not _has_points(cell):
        why = "the check ended without a number of points"
        cell.outputs.append(new_output("error", ename="NoPoints", evalue=why, traceback=[f"NoPoints: {why}"]))


def _has_points(cell: NotebookNode) -> bool:
    values = [output.data.get("text/plain", "") for output in cell.outputs if output.output_type == "execute_result"]
    try:
        return len(values) == 1 and 0 <= float(values[0]) <= cell.metadata.nbgrader.points
    except ValueError:
        return False


def _shorten(cell: NotebookNode, length: int) -> None:
    """Cut what would make a notebook of a hundred megabytes."""
    kept = []
    for output in cell.outputs[:100]:
        if output.output_type == "stream" and len(output.text) > length:
            output.text = output.text[:length] + f"\n… cut after {length:,} characters\n"
        if output.output_type == "error":
            output.evalue = output.evalue[:length]
            output.traceback = [line[:length] for line in output.traceback]
        if len(str(output.get("data", ""))) <= LARGEST_FIGURE:
            kept.append(output)
    cell.outputs = kept
