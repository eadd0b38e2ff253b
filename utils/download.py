"""The files of MNIST and Fashion-MNIST: from the cache, or downloaded, checked, and only then put into it.

torchvision knows the mirrors, the checksums and the format. It does not limit its patience, does not go on to the next
mirror after every kind of trouble, and writes straight into the cache; so fetching and placing are done here.
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

from .torchvision_shim import import_torchvision

TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "strokes": "strokes"}
CLASSES = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}  # in torchvision.datasets; also the folder in the cache
MEGABYTES = {"mnist": 11, "fashion-mnist": 31}
# How long a mirror may be silent (seconds) and how slow it may be (bytes per second) before we turn to the next one.
PATIENT = (10.0, 20_000)  # somebody asked for this data set
HASTY = (2.5, 200_000)  # "auto": strokes are at hand, nobody has to wait
LARGEST = 100_000_000  # bytes; no file of these data sets comes near it


class DataError(RuntimeError):
    """A data set can neither be read from the cache nor downloaded. The message says why and what to do."""


def cache_folder() -> Path:
    """The folder for files that the labs keep (`LABS_CACHE`, else ~/.cache/generative-labs), perhaps not yet there."""
    return Path(os.environ.get("LABS_CACHE") or "~/.cache/generative-labs").expanduser()


def open_dataset(name: str, split: str, patience: tuple[float, float]) -> object:
    """The torchvision data set, downloaded first where the cache does not hold it undamaged."""
    dataset = getattr(import_torchvision().datasets, CLASSES[name])
    if not intact(dataset):
        fill_cache(name, dataset, patience)
    return dataset(cache_folder(), train=split == "train")


def _raw_folder(dataset):
    return cache_folder() / dataset.__name__ / "raw"


def intact(dataset):
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


def fill_cache(name, dataset, patience):
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
        if not intact(dataset):  # else another process was quicker
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
