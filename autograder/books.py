"""nbgrader keeps the books: the gradebook, the graded notebooks, the feedback pages. One submission at a time."""

import glob
import html
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.apps.api import NbGraderAPI
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, PyFileConfigLoader

from .feedback import readable
from .isolation import grade_id, is_shown
from .limits import Limits
from .result import Score


class BooksError(Exception):
    """nbgrader could not do what was asked: what it was, and what to do."""


class Books:
    """The books of one course.

    Parameters
    ----------
    course : Path
        The folder with nbgrader_config.py.
    staging : Path
        Where readable copies of the submissions are put: nbgrader reads them there.
    limits : Limits
    """

    def __init__(self, course: Path, staging: Path, limits: Limits) -> None:
        warnings.simplefilter("ignore", SAWarning)  # nbgrader's own, at each new submission
        # nbgrader calls `alembic` by name when it makes a gradebook.
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
        self.course = course
        self.submitted = course / config.CourseDirectory.submitted_directory
        self.solutions = course / config.CourseDirectory.source_directory
        config.CourseDirectory.submitted_directory = str(staging)
        config.Grade.cell_limit, config.Grade.notebook_limit = limits.cell, limits.notebook
        self.api = NbGraderAPI(config=Config(config))
        self.directory = self.api.coursedir
        database = make_url(self.directory.db_url).database
        Path(course, database).parent.mkdir(parents=True, exist_ok=True)  # sqlite makes no folders

    def source(self, lab: str) -> NotebookNode:
        """The lab's notebook with solutions."""
        return nbformat.read(self.solutions / lab / f"{lab}.ipynb", as_version=4)

    def open(self, lab: str) -> None:
        """Enter the lab's cells and points into the gradebook, as they stand in the source now.

        The student's version goes to a folder that is thrown away: one that fails would take labs/ with it.
        """
        self._follow(lab)
        release = self.directory.release_directory
        with tempfile.TemporaryDirectory() as folder:
            self.directory.release_directory = folder
            result = self.api.generate_assignment(lab, force=True)
        self.directory.release_directory = release
        if result["success"]:
            return
        if "Cannot add or remove cells" in result.get("log", "") + result["error"]:
            raise BooksError(
                f"solutions/{lab} has other cells than the gradebook, which holds grades for the old ones. "
                f"Move {self.directory.db_url.removeprefix('sqlite:///')} away and grade all again "
                "(manual grades stay in the old file)"
            )
        raise BooksError(f"nbgrader cannot read solutions/{lab}: {_last_line(result)}")

    def _follow(self, lab: str) -> None:
        """Let cells without points come and go: nbgrader refuses every change once a submission is graded."""
        shown = {grade_id(cell): cell for cell in self.source(lab).cells if is_shown(cell)}
        with self.api.gradebook as gradebook:
            try:
                notebook = gradebook.find_notebook(lab, lab)
            except MissingEntry:
                return
            bound = {cell.name for cell in notebook.grade_cells + notebook.solution_cells + notebook.task_cells}
            known = {cell.name: cell for cell in notebook.source_cells if cell.name not in bound}
            for name in known.keys() - shown.keys():
                gradebook.db.delete(known[name])
            for name in shown.keys() - known.keys() - bound:
                cell = shown[name]
                gradebook.add_source_cell(name, lab, lab, cell_type=cell.cell_type, locked=True, source=cell.source)
            gradebook.db.commit()

    def autograde(self, lab: str, student: str) -> NotebookNode:
        """Grade one staged submission; return the notebook as it was graded."""
        result = self.api.autograde(lab, glob.escape(student), force=True)
        if "KeyboardInterrupt" in result.get("error", ""):  # nbgrader catches it like an error
            raise KeyboardInterrupt
        if not result["success"]:
            raise BooksError(
                f"the grader stumbled: {_last_line(result)}. See: nbgrader autograde {lab} --student {student}"
            )
        folder = self.directory.format_path(self.directory.autograded_directory, student, lab)
        return nbformat.read(Path(folder) / f"{lab}.ipynb", as_version=4)

    def scores(self, lab: str, student: str) -> dict[str, Score]:
        """For each graded cell (by grade_id) its score."""
        with self.api.gradebook as gradebook:
            grades = gradebook.find_submission_notebook(lab, lab, student).grades
            return {g.name: Score(g.auto_score, g.manual_score, g.max_score) for g in grades}

    def feedback(self, lab: str, student: str) -> Path:
        """Write the feedback page of a graded submission."""
        result = self.api.generate_feedback(lab, glob.escape(student), force=True)
        if not result["success"]:
            raise BooksError(f"no feedback page: {_last_line(result)}")
        page = self.page(lab, student)
        scores = self.scores(lab, student).items()
        waiting = [name for name, score in scores if score.automatic is None and score.manual is None]
        page.write_text(readable(page.read_text(encoding="utf-8"), waiting), encoding="utf-8")
        return page

    def refuse(self, lab: str, student: str, reason: str) -> Path:
        """Write the feedback page of a submission that could not be graded."""
        page = self.page(lab, student)
        shutil.rmtree(page.parent, ignore_errors=True)
        page.parent.mkdir(parents=True)
        page.write_text(REFUSED.format(lab=html.escape(lab), reason=html.escape(reason)), encoding="utf-8")
        return page

    def page(self, lab: str, student: str) -> Path:
        """Where the feedback page of a submission stands."""
        return Path(self.directory.format_path(self.directory.feedback_directory, student, lab)) / f"{lab}.html"


REFUSED = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{lab}: not graded</title></head>
<body style="font-family: sans-serif; max-width: 40em; margin: 3em auto">
<h1>{lab}: not graded</h1>
<p>Your notebook could not be graded: {reason}.</p>
<p>This is not a mark. Hand in again.</p>
</body>
</html>
"""


def _last_line(result: dict) -> str:
    """The line of nbgrader's log that says what happened: the error of the innermost traceback."""
    lines = [line.strip() for line in result.get("log", "").splitlines() + result["error"].splitlines()]
    errors = [line for line in lines if "Error" in line.split(":")[0] or "Rejected" in line.split(":")[0]]
    return (errors or lines)[0][:300]
