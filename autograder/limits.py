"""The limits under which a submission runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Parameters
    ----------
    cell : int
        Seconds for a cell; then it is interrupted, and the next one runs.
    notebook : int
        Seconds for all cells together; then the rest is not run.
    output : int
        Characters of one output that are kept.
    shown : bool
        Also run the lab's own cells below the first exercise that only show something (training, figures): no point
        depends on them, and they take half of the time.
    """

    cell: int = 30
    notebook: int = 300
    output: int = 20_000
    shown: bool = False
