"""What a training cell needs around its loop: how many steps, on which device, a bar, a live picture, a stop button.

>>> history = {"loss": []}
>>> for x in training.progress(data.batches(x_train, 64, steps=training.steps(2000))):
...     history["loss"].append(train_step(model, optimizer, x))

`LABS_BUDGET` says how long training cells train: `full` (a person, the default), `quick` (a tenth, for a first look),
`grade` (a few steps: the grader and the tests only ask whether a cell runs).
"""

import contextlib
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from tqdm import tqdm

BUDGETS = ("full", "quick", "grade")
GRADE_STEPS = 3


def budget() -> str:
    """The budget that `LABS_BUDGET` asks for: "full", "quick" or "grade".

    Raises
    ------
    ValueError
        If the variable holds another word.
    """
    name = os.environ.get("LABS_BUDGET", "full")
    if name not in BUDGETS:
        raise ValueError(f"LABS_BUDGET is {name!r}; it can be {', '.join(BUDGETS)}")
    return name


def steps(full: int) -> int:
    """The number of training steps under the budget: `full`, a tenth of it, or at most 3."""
    return {"full": full, "quick": max(1, full // 10), "grade": min(full, GRADE_STEPS)}[budget()]


def watched() -> bool:
    """True if a person watches: live pictures and bars are drawn. False under the grader and the tests."""
    return budget() != "grade"


def seed(number: int = 0) -> None:
    """Seed torch, numpy and random."""
    torch.manual_seed(number)
    np.random.seed(number % 2**32)
    random.seed(number)


def device() -> torch.device:
    """The fastest device that is here: a CUDA GPU, else Apple's (mps), else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def progress(
    iterable: Iterable, total: int | None = None, picture: Callable[[], object] | None = None, every: int = 200
) -> Iterator:
    """Go through `iterable` with a progress bar, a live picture, and a stop button that loses nothing.

    The stop button ends the loop after the step in hand: what was trained until then is kept, and the cell goes on
    below the loop. A second press interrupts at once, as usual. Under the grader and the tests the loop is silent.

    Parameters
    ----------
    iterable : Iterable
        The batches.
    total : int, optional
        Their number, where `len(iterable)` does not tell.
    picture : callable, optional
        Draws what has been trained so far, as the functions of `utils.plotting` do; it replaces the last picture.
        Draw from fixed noise, so that only the model changes.
    every : int
        Steps between two pictures; the last one is drawn at the end.

    Yields
    ------
    The elements of `iterable`.

    Examples
    --------
    >>> for x in training.progress(batches, picture=lambda: plotting.curves(history, "Loss", "nats")):
    ...     history["loss"].append(train_step(model, optimizer, x))
    """
    redraw = _redraw(picture) if picture and watched() else lambda: None
    done = 0
    with _stop_button() as pressed:
        for element in _bar(iterable, total):
            yield element
            done += 1
            if pressed.is_set():
                print(f"\nStopped after {done} steps. What was trained is kept.")
                break
            if done % every == 0:
                redraw()
    if done % every:
        redraw()


@contextlib.contextmanager
def _stop_button() -> Iterator[threading.Event]:
    """An event that the first interrupt sets. The second one interrupts at once."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed  # only the main thread hears signals
        return

    def press(number: int, frame: object) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _bar(iterable: Iterable, total: int | None) -> Iterable:
    if not watched():
        return iterable
    # A bar of text, also in a notebook: it needs no widget, so it is still there when the notebook is opened again.
    return tqdm(iterable, total=total, unit=" steps", ncols=90, mininterval=0.3, file=sys.stdout)


def _redraw(picture: Callable[[], object]) -> Callable[[], None]:
    from IPython.display import display

    shown = []

    def redraw() -> None:
        if shown:
            shown[0].update(picture())
        else:
            shown.append(display(picture(), display_id=True))

    return redraw
