"""The command `autograder`."""

import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .limits import Limits
from .repair import Rejected
from .result import Result

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)


@app.callback()
def main() -> None:
    """Grade the labs that students hand in."""


@app.command()
def grade(
    labs: Annotated[list[str] | None, typer.Argument(metavar="LAB", help="All labs, if none is named.")] = None,
    student: Annotated[list[str] | None, typer.Option(help="Only this student; may be repeated.")] = None,
    cell_limit: Annotated[int, typer.Option(min=1, help="Seconds for one cell.")] = Limits.cell,
    notebook_limit: Annotated[int, typer.Option(min=1, help="Seconds for a whole notebook.")] = Limits.notebook,
) -> None:
    """Grade the notebooks in autograder/submitted/STUDENT/LAB/.

    Writes the points to autograder/gradebook.db and autograder/grades.csv, and a page for each student to
    autograder/feedback/STUDENT/LAB/. The notebooks that were handed in are left as they are.
    """
    course = Path.cwd()
    if not (course / "nbgrader_config.py").is_file():
        raise typer.BadParameter(f"no nbgrader_config.py in {course}. Go to the course's folder first (cd …).")

    from .books import Books, BooksError  # nbgrader takes a second to import: not for `--help` and a wrong folder
    from .report import show, write_csv

    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="autograder-") as staging:
        books = Books(course, Path(staging), Limits(cell=cell_limit, notebook=notebook_limit))
        jobs = _jobs(books.solutions, books.submitted, labs or [], student or [])
        if not jobs:
            console.print(f"Nothing to grade: no STUDENT/LAB/ in {books.submitted.relative_to(course)}/.")
            return
        results: list[Result] = []
        began = time.monotonic()
        try:
            with _progress(console) as progress:
                task = progress.add_task("", total=sum(map(len, jobs.values())))
                for lab, students in jobs.items():
                    books.open(lab)
                    for name in students:
                        progress.update(task, description=escape(f"{lab}  {name}"))
                        results.append(_grade(books, Path(staging), lab, name))
                        progress.advance(task)
        except BooksError as error:
            console.print(f"[red]Error:[/red] {escape(str(error))}.")
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            console.print("Stopped. What has been graded is kept.")
        finally:
            table = books.submitted.parent / "grades.csv"
            write_csv(results, table)
            for lab in jobs:
                if of_lab := [result for result in results if result.lab == lab]:
                    show(of_lab, console)
    failed = sum(result.status == "failed" for result in results)
    seconds = time.monotonic() - began
    console.print(f"\n{len(results) - failed} graded, {failed} failed, {seconds:.0f} s.", style="bold")
    console.print(
        f"Points:    {table.relative_to(course)}\nFeedback:  {books.directory.feedback_directory}/STUDENT/LAB/"
    )


def _jobs(solutions: Path, submitted: Path, labs: list[str], students: list[str]) -> dict[str, list[str]]:
    """For each lab the students who handed it in; stops if a name does not exist."""
    there = sorted(path.parent.name for path in solutions.glob("*/*.ipynb") if path.stem == path.parent.name)
    everybody = sorted(path.name for path in submitted.glob("[!.]*") if path.is_dir())
    for what, asked, known in (("lab", labs, there), ("student", students, everybody)):
        if unknown := [name for name in asked if name not in known]:
            raise typer.BadParameter(f"there is no {what} {unknown[0]!r}. There are: {', '.join(known) or 'none'}.")
    wanted = [name for name in everybody if name in (students or everybody)]
    jobs = {lab: [name for name in wanted if (submitted / name / lab).is_dir()] for lab in (labs or there)}
    return {lab: names for lab, names in jobs.items() if names}


def _grade(books: "Books", staging: Path, lab: str, student: str) -> Result:  # noqa: F821
    """Grade one submission. Whatever is wrong with it stays with it."""
    from .books import BooksError
    from .intake import stage
    from .result import result

    source = books.source(lab)
    try:
        stage(books.submitted, staging, student, lab, source)
        graded = books.autograde(lab, student)
        books.feedback(lab, student)
        return result(student, lab, graded, source, books.scores(lab, student))
    except (Rejected, BooksError) as error:
        reason = str(error)
    except Exception as error:  # one submission never stops the others
        reason = f"the grader stumbled ({type(error).__name__}: {error}): please report this"
    books.refuse(lab, student, reason)
    return Result(student, lab, reason=reason)


def _progress(console: Console) -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    return Progress(*columns, console=console, transient=True)
