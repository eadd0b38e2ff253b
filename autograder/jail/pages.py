"""Memory in large pages: a fork copies the list of all pages, and that takes half the time where there are fewer."""

import ctypes
import sys

SIZE = 2**21  # bytes of a large page
MADV_COLLAPSE = 25  # Linux 6.1


def enlarge() -> None:
    """Put the memory of this process into large pages, as far as the system can."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    with open("/proc/self/maps") as file:
        areas = [line.split() for line in file]
    for addresses, rights, _, _, _, *name in areas:
        begin, end = (int(address, 16) for address in addresses.split("-"))
        begin, end = -(-begin // SIZE) * SIZE, end // SIZE * SIZE
        if rights.startswith("rw") and name in ([], ["[heap]"]) and begin < end:
            libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), MADV_COLLAPSE)
