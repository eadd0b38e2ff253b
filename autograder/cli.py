"""The command `autograder`."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from .limits import Limits

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)


@app.callback()
def main() -> None:
    """Grade the labs that students hand in."""


@app.command()
def grade(
    labs: Annotated[list[str] | None, typer.Argument(metavar="LAB", help="All labs, if none is named.")] = None,
    student: Annotated[list[str] | None, typer.Option(help="Only this student; may be repeated.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has not changed.")] = False,
    cell_limit: Annotated[int, typer.Option(min=1, help="Seconds for one cell.")] = Limits.cell,
    notebook_limit: Annotated[int, typer.Option(min=1, help="Seconds for a whole notebook.")] = Limits.notebook,
    no_jail: Annotated[bool, typer.Option("--no-jail", help="Run students' code with your own rights.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Notebooks at a time; one for each core, if not set.")] = None,
    scheduler: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Use the workers of a Dask cluster.")] = None,
    inline: Annotated[bool, typer.Option("--inline", help="Grade in this process, for a debugger.")] = False,
) -> None:
    """Grade the notebooks in autograder/submitted/STUDENT/LAB/.

    Writes the points to autograder/gradebook.db and autograder/grades.csv, and a page for each student to
    autograder/feedback/STUDENT/LAB/. The notebooks that were handed in are left as they are. What was graded before
    and has not changed is taken from autograder/results/.
    """
    course = Path.cwd()
    if not (course / "nbgrader_config.py").is_file():
        raise typer.BadParameter(f"no nbgrader_config.py in {course}. Go to the course's folder first (cd …).")
    if sum([jobs is not None, scheduler is not None, inline]) > 1:
        raise typer.BadParameter("--jobs, --scheduler and --inline exclude each other: name one.")

    from filelock import FileLock, Timeout

    from .books import Books, BooksError  # nbgrader takes a second to import: not for `--help` and a wrong folder
    from .engine import Engine, Settings
    from .progress import Progress, duration
    from .report import show, write_csv
    from .result import Result
    from .store import Store

    console = Console(highlight=False)
    results: list[Result] = []
    with Books(course) as books:
        handed_in = _handed_in(books.solutions, books.submitted, labs or [], student or [])
        if not handed_in:
            console.print(f"Nothing to grade: no STUDENT/LAB/ in {books.submitted.relative_to(course)}/.")
            return
        store = Store(books.submitted.parent / "results")
        store.folder.mkdir(parents=True, exist_ok=True)
        table = books.submitted.parent / "grades.csv"
        settings = Settings(Limits(cell=cell_limit, notebook=notebook_limit), jailed=not no_jail, force=force)
        began, stopped = time.monotonic(), False
        try:
            with FileLock(store.folder / ".lock", timeout=0), Progress(console) as progress:
                engine = Engine(books, store, settings, progress)
                try:
                    for result in engine.run(handed_in, _workers(jobs, scheduler, inline, store.folder / "dask")):
                        results.append(result)
                except KeyboardInterrupt:
                    stopped = True
                finally:
                    write_csv(results, table)
                store.tidy()
        except Timeout:
            console.print("[red]Error:[/red] another `autograder grade` is at work on this course. Wait for its end.")
            raise typer.Exit(1) from None
        except BooksError as error:
            console.print(f"[red]Error:[/red] {escape(str(error))}.")
            raise typer.Exit(1) from None
        except OSError as error:
            if scheduler is None:
                raise
            console.print(f"[red]Error:[/red] no Dask scheduler answers at {escape(scheduler)} ({escape(str(error))}).")
            raise typer.Exit(1) from None
    for lab in handed_in:
        if of_lab := sorted((r for r in results if r.lab == lab), key=lambda r: r.student):
            show(of_lab, console)
    failed = sum(result.status == "failed" for result in results)
    unchanged = f" ({engine.unchanged} of them before, and unchanged)" if engine.unchanged else ""
    seconds = duration(time.monotonic() - began)
    console.print(f"\n{len(results) - failed} graded{unchanged}, {failed} failed, {seconds}.", style="bold")
    console.print(
        f"Points:    {table.relative_to(course)}\nFeedback:  {books.directory.feedback_directory}/STUDENT/LAB/"
    )
    if stopped:
        console.print("Stopped. What has been graded is kept; the next run goes on from there.")
        raise typer.Exit(130)


def _handed_in(solutions: Path, submitted: Path, labs: list[str], students: list[str]) -> dict[str, list[str]]:
    """For each lab the students who handed it in; stops if a name does not exist."""
    there = sorted(path.parent.name for path in solutions.glob("*/*.ipynb") if path.stem == path.parent.name)
    everybody = sorted(path.name for path in submitted.glob("[!.]*") if path.is_dir())
    for what, asked, known in (("lab", labs, there), ("student", students, everybody)):
        if unknown := [name for name in asked if name not in known]:
            raise typer.BadParameter(f"there is no {what} {unknown[0]!r}. There are: {', '.join(known) or 'none'}.")
    wanted = [name for name in everybody if name in (students or everybody)]
    found = {lab: [name for name in wanted if (submitted / name / lab).is_dir()] for lab in (labs or there)}
    return {lab: names for lab, names in found.items() if names}


def _workers(
    jobs: int | None, scheduler: str | None, inline: bool, scratch: Path
) -> Callable[[bool], AbstractContextManager]:
    """What makes the workers: none beside this process where only pages are to be drawn."""

    def make(to_grade: bool) -> AbstractContextManager:
        if inline or not to_grade:
            from .inline import Inline

            return Inline()
        from .cluster import Cluster  # Dask takes a second to import: not where nothing has changed

        return Cluster(jobs, scheduler, scratch)

    return make
