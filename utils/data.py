"""Data sets for the labs: MNIST, Fashion-MNIST, and strokes, which the course draws itself.

>>> from utils import data
>>> x_train, y_train = data.load()  # [N, 1, 28, 28] in [0, 1], [N]
>>> for x in data.batches(x_train, batch_size=64, steps=2000):
...     ...  # x is [64, 1, 28, 28]

Two environment variables: `LABS_DATASET` is what "auto" stands for (mnist, fashion-mnist or strokes);
`LABS_CACHE` is the folder for downloaded files, by default ~/.cache/generative-labs.
"""

import hashlib
import http.client
import os
import queue
import shutil
import ssl
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zlib
from pathlib import Path
from urllib.parse import urlsplit

import torch

from .torchvision_shim import import_torchvision

NAMES = ("auto", "mnist", "fashion-mnist", "strokes")
SPLITS = ("train", "test")
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "strokes": "strokes"}
CLASSES = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}  # in torchvision.datasets; also the folder in the cache
MEGABYTES = {"mnist": 11, "fashion-mnist": 31}
# How long a mirror may be silent (seconds) and how slow it may be (bytes per second) before we turn to the next one.
PATIENT = (10.0, 20_000)  # somebody asked for this data set
HASTY = (2.5, 200_000)  # "auto": strokes are at hand, nobody has to wait
LARGEST = 100_000_000  # bytes; no file of these data sets comes near it

_auto = None  # what "auto" turned out to be in this process
_said = set()  # lines already printed


class DataError(RuntimeError):
    """A data set can neither be read from the cache nor downloaded. The message says why and what to do."""


def load(name="auto", split="train", limit=None):
    """Load a data set as two tensors.

    Parameters
    ----------
    name : {"auto", "mnist", "fashion-mnist", "strokes"}
        "auto" is the data set that the environment variable `LABS_DATASET` names. Without it "auto" is MNIST where
        it is in the cache or can be downloaded, else strokes; one printed line says which, and why. It is decided
        once for a process, so training and test images always belong together. The other names mean what they say,
        whatever `LABS_DATASET` is.
    split : {"train", "test"}
    limit : int, optional
        Only the first `limit` images. The classes are mixed in each of the data sets.

    Returns
    -------
    images : float32 tensor [N, 1, 28, 28]
        Pixels in [0, 1]: 0 is background, 1 is ink. N is 60,000 and 10,000 (strokes: 12,000 and 2,000).
    labels : int64 tensor [N]
        Classes, 0 to 9.

    Raises
    ------
    ValueError
        No such data set or split, or a limit below 1.
    DataError
        The files are not in the cache and cannot be downloaded. (Never for "auto" without `LABS_DATASET`.)
    """
    _check_split(split, limit)
    name = choose(name)
    if name == "strokes":
        from . import strokes

        images, labels, _ = strokes.load(split)
        return images[:limit], labels[:limit]
    dataset = _open(name, split, PATIENT)
    images = dataset.data[:limit].unsqueeze(1).float() / 255  # [N, 1, 28, 28]
    labels = dataset.targets[:limit].long()  # [N]
    return images, labels


def factors(split="train", limit=None):
    """The hidden factors behind the images of `load("strokes", split, limit)`, in the same order.

    Returns
    -------
    dict of str to float32 tensor [N]
        What the images were drawn from, such as thickness and slant; see `utils.strokes`.
    """
    _check_split(split, limit)
    from . import strokes

    return {name: values[:limit] for name, values in strokes.load(split)[2].items()}


class batches:
    """Random batches of images to loop over, `for x in data.batches(x_train, 64): ...`

    Each epoch goes through the images once, in a new random order, in batches of exactly `batch_size`; the few images
    that do not fill another batch sit out until the next epoch. The order comes from torch's global generator, so
    `torch.manual_seed` makes it repeatable. (For batches in order, without shuffling: `x.split(batch_size)`.)

    Parameters
    ----------
    x : tensor [N, ...] or tuple of tensors with equal N
        Images, or images and labels: `for x, y in data.batches((x_train, y_train), 64): ...`
    batch_size : int
        1 to N.
    steps : int, optional
        How many batches, over as many epochs as that takes. By default one epoch: N // batch_size.

    Raises
    ------
    ValueError
        `batch_size` is not within 1 to N, `steps` is negative, or the tensors differ in length.
    """

    def __init__(self, x, batch_size, steps=None):
        tensors = x if isinstance(x, (tuple, list)) else (x,)
        lengths = [len(t) for t in tensors]
        if len(set(lengths)) != 1:
            raise ValueError(f"one label for each image, please: these tensors have lengths {lengths}")
        if not 1 <= batch_size <= lengths[0]:
            raise ValueError(f"batch_size={batch_size} with {lengths[0]} images: it must be from 1 to {lengths[0]}")
        if steps is not None and steps < 0:
            raise ValueError(f"steps={steps}: it must be 0 or more")
        self.x, self.batch_size = x, batch_size
        self.steps = lengths[0] // batch_size if steps is None else steps

    def __len__(self):
        return self.steps

    def __iter__(self):
        single = isinstance(self.x, torch.Tensor)
        tensors = (self.x,) if single else self.x
        num = len(tensors[0])
        per_epoch = num // self.batch_size
        for step in range(self.steps):
            if step % per_epoch == 0:
                order = torch.randperm(num).to(tensors[0].device)  # [N]
            start = step % per_epoch * self.batch_size
            index = order[start : start + self.batch_size]  # [batch_size]
            batch = tuple(t[index] for t in tensors)
            yield batch[0] if single else batch


def choose(name="auto"):
    """The data set that `load(name)` takes: "mnist", "fashion-mnist" or "strokes".

    For "auto" this may download MNIST, and prints one line, once: what was chosen, and why.

    Raises
    ------
    ValueError
        No such data set, here or in `LABS_DATASET`.
    """
    global _auto
    if name not in NAMES:
        raise ValueError(f"no data set is called {name!r}; choose one of {', '.join(NAMES)}")
    if name != "auto":
        return name
    wish = os.environ.get("LABS_DATASET", "").strip().lower() or "auto"
    if wish not in NAMES:
        raise ValueError(f"the environment variable LABS_DATASET is {wish!r}; choose one of {', '.join(NAMES)}")
    if wish != "auto":
        _say(f"data set: {TITLES[wish]}, as LABS_DATASET asks")
        return wish
    if _auto is None:
        try:
            dataset = import_torchvision().datasets.MNIST
            cached = _intact(dataset)
            if not cached:
                _fill_cache("mnist", dataset, HASTY)
            _auto, why = "mnist", f"{'found' if cached else 'now'} in {cache_folder()}"
        except (DataError, ImportError) as error:
            _auto, why = "strokes", "drawn by the course itself, because " + str(error).splitlines()[0]
        _say(f"data set: {TITLES[_auto]}, {why}")
    return _auto


def cache_folder():
    """The folder for files that the labs keep (`LABS_CACHE`, else ~/.cache/generative-labs), perhaps not yet there."""
    return Path(os.environ.get("LABS_CACHE") or "~/.cache/generative-labs").expanduser()


def _check_split(split, limit):
    if split not in SPLITS:
        raise ValueError(f"split={split!r}: it must be 'train' or 'test'")
    if limit is not None and limit < 1:
        raise ValueError(f"limit={limit}: it must be 1 or more, or None for all images")


def _say(line):
    if line not in _said:
        _said.add(line)
        print(line, flush=True)


# --- Files -----------------------------------------------------------------------------------------------------------
# torchvision knows the mirrors, the checksums and the format. It does not limit its patience, does not go on to the
# next mirror after every kind of trouble, and writes straight into the cache; so fetching and placing are done here.


def _open(name, split, patience):
    """The torchvision data set, downloaded first where the cache does not hold it undamaged."""
    dataset = getattr(import_torchvision().datasets, CLASSES[name])
    if not _intact(dataset):
        _fill_cache(name, dataset, patience)
    return dataset(cache_folder(), train=split == "train")


def _raw_folder(dataset):
    return cache_folder() / dataset.__name__ / "raw"


def _intact(dataset):
    """Whether every archive in the cache has its md5, and every extracted file the CRC-32 that its archive states."""
    folder = _raw_folder(dataset)
    try:
        for filename, md5 in dataset.resources:
            archive = (folder / filename).read_bytes()
            extracted = (folder / filename).with_suffix("").read_bytes()
            if _md5(archive) != md5 or zlib.crc32(extracted) != int.from_bytes(archive[-8:-4], "little"):
                return False
    except OSError:
        return False
    return True


def _md5(content):
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _fill_cache(name, dataset, patience):
    """Fetch what is missing or damaged; put complete, verified files in place, one atomic rename each."""
    folder = _raw_folder(dataset)
    archives = {}
    for filename, md5 in dataset.resources:
        try:
            content = (folder / filename).read_bytes()
        except OSError:
            continue
        if _md5(content) == md5:
            archives[filename] = content
    if len(archives) < len(dataset.resources):
        _download(name, dataset, archives, patience)
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        for left in cache_folder().glob(".new-*"):  # by a process that was killed
            if time.time() - left.stat().st_mtime > 3600:
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=".new-") as new:
            raw = Path(new, dataset.__name__, "raw")
            raw.mkdir(parents=True)
            for filename, content in archives.items():
                (raw / filename).write_bytes(content)
            dataset(new, download=True)  # finds the archives there and extracts them, no network
            folder.mkdir(parents=True, exist_ok=True)
            for file in raw.iterdir():
                os.replace(file, folder / file.name)
    except OSError as error:
        if not _intact(dataset):  # else another process was quicker
            raise DataError(
                f"{TITLES[name]} cannot be written to {cache_folder()} ({error.strerror or error})\n"
                "What to do: set the environment variable LABS_CACHE to a folder of your own with 200 MB free."
            ) from error


def _download(name, dataset, archives, patience):
    """Add to `archives` (file name to content) what it lacks, trying one mirror after the other."""
    print(f"downloading {TITLES[name]} ({MEGABYTES[name]} MB) …", end=" ", flush=True)
    start = time.monotonic()
    troubles = []
    for mirror in dataset.mirrors:
        try:
            for filename, md5 in dataset.resources:
                if filename not in archives:
                    content = _fetch(mirror + filename, patience)
                    if _md5(content) != md5:
                        raise DataError(f"sent a wrong or damaged {filename} (checksum differs, {len(content)} bytes)")
                    archives[filename] = content
            print(f"done in {time.monotonic() - start:.0f} s", flush=True)
            return
        except (OSError, http.client.HTTPException, DataError) as error:
            reason = error.reason if type(error) is urllib.error.URLError else error
            troubles.append(f"{urlsplit(mirror).netloc}: {str(reason) or type(reason).__name__}")
        except BaseException:
            print("stopped", flush=True)
            raise
    print("failed", flush=True)
    files = ", ".join(filename for filename, _ in dataset.resources)
    raise DataError(
        f"{TITLES[name]} cannot be downloaded ({'; '.join(troubles)})\n"
        "What to do: check the network (a Wi-Fi may want a log-in first) and run the cell again;\n"
        'or take the digits that the course draws itself: data.load("strokes"), or LABS_DATASET=strokes;\n'
        f"or put the files {files}\ninto {_raw_folder(dataset)}"
    )


def _fetch(url, patience):
    """The content behind a URL, or an error that names the trouble, soon."""
    seconds, rate = patience
    try:
        response = _connect(url, seconds)
    except urllib.error.URLError as error:
        if not isinstance(error.reason, ssl.SSLCertVerificationError):
            raise
        # A Python without certificates (macOS) or a stale clock. The md5 guards the content just as well.
        response = _connect(url.replace("https:", "http:", 1), seconds)
    start = time.monotonic()
    content = bytearray()
    with response:
        expected = response.headers.get("Content-Length")
        while chunk := response.read1(1 << 16):
            content += chunk
            if len(content) > LARGEST:
                raise DataError(f"sends without end ({len(content)} bytes)")
            if len(content) < rate * (time.monotonic() - start - seconds):
                raise DataError(f"slower than {rate / 1000:.0f} kB/s")
    if expected is not None and len(content) < int(expected):
        raise DataError(f"broke off after {len(content)} of {expected} bytes")
    return bytes(content)


def _connect(url, seconds):
    """`urlopen` in a thread: its own timeout does not cover looking up the host's name, which can take a minute."""
    answer = queue.SimpleQueue()

    def work():
        try:
            answer.put(urllib.request.urlopen(url, timeout=seconds))
        except BaseException as error:
            answer.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        result = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer in {seconds:g} s") from None
    if isinstance(result, BaseException):
        raise result
    return result
