"""Frames: a JSON message and raw tensors over a socket. Nothing is read whose length has not been bounded before.

A frame is the length of its header (4 bytes), the header, and the bytes of its tensors. The header is JSON::

    [message, [{"dtype": "float32", "shape": [2, 3]}, ...]]

Both ends speak it, and each end takes the other for a liar: no pickle, no type but numbers, every size checked
against its bound before memory is asked for.
"""

import json
import math
import socket
import struct
import time
from collections.abc import Sequence

import torch
from torch import Tensor

HEADER = 2 * 2**20  # bytes
TENSORS = 4096  # in one frame
DIMENSIONS = 16
PAYLOAD = 64 * 2**20  # bytes of all tensors: a thousand times what an exercise returns
LENGTH = struct.Struct("!I")
DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
        *(torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool),
    )
}


class Malformed(Exception):
    """What came is no frame, or one beyond its bounds."""


def send(sock: socket.socket, message: dict, tensors: Sequence[Tensor] = (), deadline: float | None = None) -> None:
    """Write one frame.

    Parameters
    ----------
    sock : socket.socket
        A stream.
    message : dict
        JSON.
    tensors : sequence of Tensor
        On the CPU, or on "meta": then no values travel. Strides travel, too: an expanded tensor arrives expanded.
    deadline : float, optional
        Seconds of `time.monotonic()`.

    Raises
    ------
    Malformed
        If the frame would be beyond the bounds: nothing has been sent then.
    TimeoutError, OSError
        If the other end takes too long, or has gone.
    """
    specs, blocks = [], []
    for tensor in tensors:
        spec, block = _pack(tensor)
        specs.append(spec)
        blocks.append(block)
    header = json.dumps([message, specs]).encode()
    if len(header) > HEADER or len(blocks) > TENSORS or sum(map(len, blocks)) > PAYLOAD:
        raise Malformed(f"more than {PAYLOAD // 2**20} MiB of tensors, or {HEADER // 2**20} MiB of text, in one answer")
    for block in (LENGTH.pack(len(header)) + header, *blocks):
        _wait(sock, deadline)
        sock.sendall(block)


def receive(sock: socket.socket, deadline: float | None = None) -> tuple[dict, list[Tensor]]:
    """Read one frame.

    Returns
    -------
    message : dict
    tensors : list of Tensor

    Raises
    ------
    Malformed
        If it is no frame or one beyond the bounds. What follows on this socket has no meaning any more.
    TimeoutError
        If it is not there, whole, at the deadline.
    EOFError
        If the other end is closed.
    """
    length = LENGTH.unpack(_read(sock, bytearray(LENGTH.size), deadline))[0]
    if length > HEADER:
        raise Malformed(f"a header of {length} bytes")
    try:
        message, specs = json.loads(_read(sock, bytearray(length), deadline))
    except (ValueError, TypeError, RecursionError):
        raise Malformed("a header that is no JSON") from None
    if not isinstance(message, dict) or not isinstance(specs, list) or len(specs) > TENSORS:
        raise Malformed("a header of another form")
    sizes = [_checked(spec) for spec in specs]
    if sum(bytes_ for _, _, bytes_ in sizes) > PAYLOAD:
        raise Malformed(f"more than {PAYLOAD // 2**20} MiB of tensors")
    return message, [_unpack(sock, spec, *size, deadline) for spec, size in zip(specs, sizes, strict=True)]


def _pack(tensor: Tensor) -> tuple[dict, memoryview | bytes]:
    tensor = tensor.detach()
    spec = {"dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape)}
    if tensor.device.type == "meta":
        return spec | {"meta": True}, b""
    if not tensor.is_contiguous():  # the memory that it looks at, once, and how it looks at it
        spec["stride"] = list(tensor.stride())
        span = 1 + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride(), strict=True))
        tensor = tensor.as_strided((span if tensor.numel() else 0,), (1,))
    if not tensor.numel():
        return spec, b""
    return spec, memoryview(flat(tensor).view(torch.uint8).numpy())


def flat(tensor: Tensor) -> Tensor:
    """The elements of a tensor in a row: `[n]`, one behind the other in memory."""
    row = tensor.detach().contiguous().view(-1)
    # Of a single element torch takes any stride for contiguous, but will not look at its bytes.
    return row if row.stride(0) == 1 or not row.numel() else row.clone(memory_format=torch.contiguous_format)


def _checked(spec: object) -> tuple[torch.dtype, int, int]:
    """The dtype, the number of elements and of bytes that follow for a tensor of this form."""
    if not isinstance(spec, dict) or not isinstance(spec.get("dtype"), str) or spec["dtype"] not in DTYPES:
        raise Malformed("a tensor without a dtype")
    dtype, shape, stride = DTYPES[spec["dtype"]], _sizes(spec.get("shape")), spec.get("stride")
    numel = math.prod(shape)
    if stride is not None:
        if len(_sizes(stride)) != len(shape):
            raise Malformed("strides of another length")
        numel = 1 + sum((n - 1) * s for n, s in zip(shape, stride, strict=True)) if numel else 0
    bytes_ = 0 if spec.get("meta") is True else numel * dtype.itemsize
    if math.prod(n for n in shape if n) * dtype.itemsize > 2**40:
        raise Malformed("a tensor that fits nowhere")
    return dtype, numel, bytes_


def _sizes(numbers: object) -> list[int]:
    whole = isinstance(numbers, list) and len(numbers) <= DIMENSIONS
    if not whole or not all(type(n) is int and 0 <= n < 2**40 for n in numbers):
        raise Malformed("a shape that is none")
    return numbers


def _unpack(
    sock: socket.socket, spec: dict, dtype: torch.dtype, numel: int, bytes_: int, deadline: float | None
) -> Tensor:
    shape, stride = spec["shape"], spec.get("stride")
    if spec.get("meta") is True:
        return torch.empty(shape, dtype=dtype, device="meta")
    tensor = torch.empty(numel, dtype=dtype, device="cpu")  # aligned as torch's own: the same sums, to the last bit
    if bytes_:
        raw = tensor.view(torch.uint8)
        _read(sock, memoryview(raw.numpy()), deadline)
        if dtype == torch.bool and raw.max() > 1:
            raise Malformed("a truth value that is neither 0 nor 1")
    return tensor.as_strided(shape, stride) if stride is not None else tensor.view(shape)


def _read(sock: socket.socket, buffer: bytearray | memoryview, deadline: float | None) -> bytearray | memoryview:
    view = memoryview(buffer)
    while view:
        _wait(sock, deadline)
        count = sock.recv_into(view)
        if not count:
            raise EOFError("the other end is closed")
        view = view[count:]
    return buffer


def _wait(sock: socket.socket, deadline: float | None) -> None:
    """Let the next operation take what is left until the deadline."""
    if deadline is None:
        sock.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    sock.settimeout(left)
