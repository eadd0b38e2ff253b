"""Grade many submissions: what is known from the store, the rest by workers, all of it into the books."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from . import feedback, intake, job
from .books import Books, Entry
from .grading import Graded
from .limits import Limits
from .progress import Progress
from .repair import Rejected, repaired
from .result import Result, result
from .store import Store, key, unpack, version, write


@dataclass(frozen=True)
class Handed:
    """What one student handed in, in the form in which it was handed out.

    Parameters
    ----------
    lab, student : str
    notebook : NotebookNode
    notes : list of str
        What was repaired.
    timestamp : datetime or None
        When, UTC.
    key : str
        The name of its result in the store.
    """

    lab: str
    student: str
    notebook: NotebookNode
    notes: list[str]
    timestamp: datetime | None
    key: str


@dataclass(frozen=True)
class Settings:
    """How to grade.

    Parameters
    ----------
    limits : Limits
    jailed : bool
        Whether student code runs in the jail.
    force : bool
        Whether to grade again what is known.
    """

    limits: Limits = Limits()
    jailed: bool = True
    force: bool = False


class Engine:
    """Grades submissions.

    Parameters
    ----------
    books : Books
    store : Store
    settings : Settings
    progress : Progress

    Attributes
    ----------
    unchanged : int
        How many submissions were known, and not graded again.
    """

    def __init__(self, books: Books, store: Store, settings: Settings, progress: Progress) -> None:
        self.books, self.store, self.settings, self.progress = books, store, settings, progress
        self.sources: dict[str, NotebookNode] = {}
        self.entries: dict[str, dict[str, Entry]] = {}
        self.unchanged = 0

    def run(self, labs: dict[str, list[str]], workers: Callable[[bool], AbstractContextManager]) -> Iterator[Result]:
        """Grade what these students handed in, by lab. Whatever is wrong with a submission stays with it.

        Parameters
        ----------
        labs : dict
            For each lab the students.
        workers : callable
            Makes the workers; called with whether there is something to grade, or only pages to draw.

        Yields
        ------
        Result
            As they are finished, in any order.

        Raises
        ------
        BooksError
            If the gradebook cannot take a lab.
        """
        for lab in labs:
            self.sources[lab] = self.books.source(lab)
            self.books.open(lab)
            self.entries[lab] = self.books.entries(lab)
        to_draw, to_grade = [], []
        for lab, students in labs.items():
            for student in students:
                known = self._guarded(lab, student, self._known, lab, student)
                if isinstance(known, Result):
                    yield known
                else:
                    (to_draw if known else to_grade).append((lab, student))
        if not to_draw and not to_grade:
            return
        self.progress.begin(len(to_grade))
        with workers(bool(to_grade)) as pool:
            self.progress.workers = pool.workers
            yield from self._work(pool, iter(to_draw + to_grade))

    def _work(self, pool: Any, ahead: Iterator[tuple[str, str]]) -> Iterator[Result]:
        """Keep the workers busy, and hold no more notebooks than that takes."""
        while True:
            while len(pool) < 2 * pool.workers and (following := next(ahead, None)):
                if failed := self._guarded(*following, self._start, pool, *following):
                    yield failed
            if not len(pool):
                return
            (goes_on, handed, *more), returned = pool.wait()
            if done := self._guarded(handed.lab, handed.student, goes_on, pool, handed, *more, returned):
                yield done

    def _guarded(self, lab: str, student: str, step: Callable, *arguments: Any) -> Any:
        """Do one step for one submission; what goes wrong becomes its result."""
        try:
            return step(*arguments)
        except Rejected as rejected:
            reason = str(rejected)
        except Exception as error:  # one submission never stops the others
            reason = f"the grader stumbled ({type(error).__name__}: {error}): please report this"
        self.progress.finished(lab, student)
        return self._refuse(lab, student, reason)

    def _known(self, lab: str, student: str) -> Result | bool:
        """The result, if nothing is to be done for it; else whether only the feedback page is."""
        handed = self._read(lab, student)
        graded = self._recall(handed.key)
        if graded is None:
            return False
        self.unchanged += 1
        notebook, entry = self._record(handed, graded)
        if self._page_stands(handed, notebook, entry):
            return result(student, lab, notebook, self.sources[lab], entry.scores)
        return True

    def _recall(self, name: str) -> Graded | None:
        return None if self.settings.force else self.store.recall(name)

    def _read(self, lab: str, student: str) -> Handed:
        source = self.sources[lab]
        folder = self.books.submitted / student / lab
        path = intake.find(folder, lab)
        notebook, notes = repaired(intake.read(path), source)
        if path.name != f"{lab}.ipynb":
            notes.insert(0, f"read from {path.name!r}")
        stamp, timestamp = folder / "timestamp.txt", None
        if stamp.is_file() and not stamp.is_symlink():
            try:
                timestamp = parse_utc(stamp.read_text(encoding="utf-8").strip())
            except (ValueError, OverflowError):
                notes.append("timestamp.txt is no date: it is ignored")
        name = key(notebook, source, self.settings.limits, self.settings.jailed)
        return Handed(lab, student, notebook, notes, timestamp, name)

    def _start(self, pool: Any, lab: str, student: str) -> None:
        """Give a submission to a worker: to grade it, or, if that has been done, to draw its page."""
        handed = self._read(lab, student)
        if graded := self._recall(handed.key):
            return self._draw(pool, handed, graded)
        self.progress.started(lab, student)
        arguments = asdict(self.settings.limits), self.settings.jailed, version()
        submitted, source = job.content(handed.notebook), job.content(self.sources[lab])
        pool.submit((self._graded, handed), job.grade, submitted, source, *arguments)

    def _graded(self, pool: Any, handed: Handed, returned: Any) -> None:
        """Keep what a worker has graded, enter it into the books, and have the page drawn."""
        if isinstance(returned, Exception):
            raise returned
        if "rejected" in returned:
            raise Rejected(returned["rejected"])
        self.store.keep_packed(handed.key, returned["packed"])
        self.progress.finished(handed.lab, handed.student, returned["seconds"])
        self._draw(pool, handed, unpack(returned["packed"]))

    def _draw(self, pool: Any, handed: Handed, graded: Graded) -> None:
        notebook, entry = self._record(handed, graded)
        done = result(handed.student, handed.lab, notebook, self.sources[handed.lab], entry.scores)
        arguments = job.content(notebook), job.content(self.sources[handed.lab])
        arguments += (entry.scores, entry.comments, entry.penalty)
        tag = self._drawn, handed, done, _fingerprint(notebook, entry)
        pool.submit(tag, job.page, handed.student, handed.lab, *arguments, urgent=True)

    def _drawn(self, pool: Any, handed: Handed, done: Result, fingerprint: str, page: Any) -> Result:
        if isinstance(page, Exception):
            raise page
        write(self.books.page(handed.lab, handed.student), f"{page}\n{fingerprint}".encode())
        return done

    def _record(self, handed: Handed, graded: Graded) -> tuple[NotebookNode, Entry]:
        """Bring the gradebook up to date, if it is not: the notebook and the entry as they stand there."""
        lab, student, notebook = handed.lab, handed.student, graded.notebook
        notebook.metadata["autograder"] = {"log": handed.notes + graded.log, "key": handed.key}
        self.books.prepare(lab, notebook)
        entry = self.entries[lab].get(student)
        fresh = self.settings.force or handed.timestamp not in (None, entry and entry.timestamp)
        if fresh or not self.books.is_recorded(lab, student, notebook, entry):
            self.books.record(lab, student, notebook, handed.timestamp)
        elif entry.late:
            self.books.penalize(lab, student)
        else:
            return notebook, entry
        return notebook, self.books.entries(lab, student)[student]

    def _page_stands(self, handed: Handed, notebook: NotebookNode, entry: Entry) -> bool:
        page, fingerprint = self.books.page(handed.lab, handed.student), _fingerprint(notebook, entry)
        return page.is_file() and page.read_text(encoding="utf-8", errors="replace").endswith(fingerprint)

    def _refuse(self, lab: str, student: str, reason: str) -> Result:
        """Say in the table and on the student's page why there is no grade. An older mark stays, and is named."""
        entry = self.entries[lab].get(student)
        if entry and any(score.counts is not None for score in entry.scores.values()):
            points = sum(score.counts or 0 for score in entry.scores.values()) - entry.penalty
            most = sum(score.most for score in entry.scores.values())
            reason += f". The mark of the notebook before it stands: {points:g} of {most:g}"
        write(self.books.page(lab, student), feedback.refusal(student, lab, reason).encode())
        return Result(student, lab, reason=reason)


def _fingerprint(notebook: NotebookNode, entry: Entry) -> str:
    """The last line of a page: equal as long as what is shown on it is."""
    scores = {name: astuple(score) for name, score in entry.scores.items()}
    shown = [notebook.metadata["autograder"], scores, entry.comments, entry.penalty]
    return f"<!-- {hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()} -->\n"
