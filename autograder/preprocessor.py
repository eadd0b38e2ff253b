"""nbgrader's side of the grader: `nbgrader autograde` and Formgrader do what `autograder grade` does."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from traitlets import Bool, Integer

from .grading import grade_notebook
from .isolation import is_check
from .limits import Limits
from .repair import repaired


class Repair(NbGraderPreprocessor):
    """Give a submitted notebook the form in which it was handed out; before all that nbgrader does with it."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        notebook, notes = repaired(nb, source_notebook(self, resources))
        for note in notes:
            self.log.warning(note)
        notebook.metadata["autograder"] = {"log": nb.metadata.get("autograder", {}).get("log", []) + notes}
        return notebook, resources


class Grade(NbGraderPreprocessor):
    """Run a notebook as the grader does: `grade_notebook` in the place of nbgrader's Execute."""

    cell_limit = Integer(Limits.cell, help="Seconds for one cell.").tag(config=True)
    notebook_limit = Integer(Limits.notebook, help="Seconds for all cells of a notebook.").tag(config=True)
    shown = Bool(Limits.shown, help="Also run the lab's cells that only show something.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        limits = Limits(cell=self.cell_limit, notebook=self.notebook_limit, shown=self.shown)
        graded = grade_notebook(nb, source_notebook(self, resources), limits)
        for event in graded.log:
            self.log.warning(event)
        for before, after in zip(nb.cells, graded.notebook.cells, strict=True):
            after.metadata = before.metadata  # with the checksums by which nbgrader knows an empty answer
        graded.notebook.metadata["autograder"] = {"log": nb.metadata.get("autograder", {}).get("log", []) + graded.log}
        return graded.notebook, resources


class HideTests(ClearHiddenTests):
    """Take the hidden tests out of a feedback page, and out of the tracebacks that quote them."""

    def preprocess_cell(self, cell: NotebookNode, resources: dict, cell_index: int) -> tuple[NotebookNode, dict]:
        if is_check(cell) and self.begin_test_delimeter in cell.source:
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return super().preprocess_cell(cell, resources, cell_index)


def source_notebook(preprocessor: NbGraderPreprocessor, resources: dict) -> NotebookNode:
    """The lab's notebook with solutions, found through nbgrader's configuration."""
    course = CourseDirectory(parent=preprocessor)
    names = resources["nbgrader"]
    folder = course.format_path(course.source_directory, ".", names["assignment"])
    return nbformat.read(Path(folder) / f"{names['notebook']}.ipynb", as_version=4)
