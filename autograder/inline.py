"""Jobs in this process, without Dask."""

from collections.abc import Callable
from typing import Any


class Inline:
    """Calls the functions in this process, one after the other: for a debugger."""

    workers = 1

    def __init__(self) -> None:
        self.jobs: list[tuple[Any, Callable, tuple]] = []

    def __enter__(self) -> "Inline":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __len__(self) -> int:
        return len(self.jobs)

    def submit(self, tag: Any, function: Callable, *arguments: Any, urgent: bool = False) -> None:
        """Note a job."""
        self.jobs.insert(0 if urgent else len(self.jobs), (tag, function, arguments))

    def wait(self) -> tuple[Any, Any]:
        """Do the next job: its tag, and what the function returned or raised."""
        tag, function, arguments = self.jobs.pop(0)
        try:
            return tag, function(*arguments)
        except Exception as error:
            return tag, error
