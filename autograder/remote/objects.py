"""What both ends hold at once: modules, optimizers and functions, each under a key."""

import copy
import weakref
from collections.abc import Callable, MutableMapping
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn

from . import modules, optimizers
from .frames import Malformed
from .modules import Shared
from .optimizers import SharedOptimizer
from .values import Reader, Writer

MOST = 1000  # originals that the other side may hold at a time


class Proxy:
    """A function of the other side."""

    def __init__(self, call: Callable, target: list) -> None:
        self._call, self._target = call, target

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(self._target, args, kwargs)


class Objects:
    """The originals of this side, the mirrors of the other side's, and which of them are in use.

    Parameters
    ----------
    call : callable
        `call(target, args, kwargs)`: lets the other side do something.
    trusting : bool
        Whether this is the student's side.
    """

    def __init__(self, call: Callable, trusting: bool) -> None:
        self.call, self.trusting = call, trusting
        self.letter = "s" if trusting else "c"
        self.count = 0
        self.mine: dict[str, Any] = {}  # by key: Shared, SharedOptimizer or a function
        self.keys: dict[int, str] = {}  # their keys, by id of the original
        # Mirrors by key. The checker says which it needs no more; what is the checker's lasts as long as the session.
        self.theirs: MutableMapping[str, Any] = {} if trusting else weakref.WeakValueDictionary()
        self.open: list[Shared | SharedOptimizer] = []  # in the calls that are going on
        self.freed: list[str] = []  # of the other side, not needed here any more

    def key(self) -> str:
        """A new key of this side."""
        self.count += 1
        return f"{self.letter}{self.count}"

    def shared(self, key: Any) -> Shared | SharedOptimizer:
        """This end of what is known under a key; `Malformed` if there is nothing."""
        if isinstance(found := self.mine.get(key), Shared | SharedOptimizer):
            return found
        if (mirrored := self.theirs.get(key)) is None:
            raise Malformed("an object that is none")
        return vars(mirrored)["_shared"]

    def use(self, scope: ExitStack, key: str) -> None:
        """Send along what changes in it, in every message until the scope ends."""
        shared = self.shared(key)
        if shared not in self.open:
            self.open.append(shared)
            scope.callback(self.open.remove, shared)

    def news(self, writer: Writer) -> list:
        """What has changed in the objects that are in use."""
        return [[shared.key, news] for shared in self.open if (news := shared.news(writer))]

    def learn(self, news: list, reader: Reader) -> None:
        """Take over what has changed at the other end."""
        for key, changes in news:
            self.shared(key).learn(changes, reader, self.trusting)

    def forget(self, key: Any) -> None:
        """The other side needs an original no more."""
        if (found := self.mine.pop(key, None)) is not None:
            self.keys = {one: other for one, other in self.keys.items() if other != key}
            del found

    # Writing.

    def write(self, scope: ExitStack, value: Any, writer: Writer) -> dict | None:
        """A module, an optimizer or a function as JSON; None for anything else."""
        if isinstance(value, Proxy) and value._target[0] == "object" and value._call == self.call:
            return {"yours": value._target[1]}
        if not isinstance(value, nn.Module | torch.optim.Optimizer) and (
            isinstance(value, type) or not callable(value)
        ):
            return None
        if (shared := getattr(value, "__dict__", {}).get("_shared")) is not None and shared.key in self.theirs:
            self.use(scope, shared.key)
            return {"yours": shared.key}
        if id(value) in self.keys:
            if not callable(self.mine[self.keys[id(value)]]):
                self.use(scope, self.keys[id(value)])
            return {"known": self.keys[id(value)]}
        if len(self.mine) >= MOST:
            raise Malformed(f"more than {MOST} objects")
        return self._export(scope, value, writer)

    def _export(self, scope: ExitStack, value: Any, writer: Writer) -> dict | None:
        key = self.key()
        if isinstance(value, nn.Module):
            written = {"module": key, "class": type(value).__name__}
            if not self.trusting:
                written["tree"] = modules.tree(value, writer)
            shared = Shared(key, value, mine=True, whole=not self.trusting)
        elif isinstance(value, torch.optim.Optimizer):
            if self.trusting:
                return None
            written = {"optimizer": key, "class": optimizers.kind(value)}
            written |= self._groups(scope, value, writer)
            shared = SharedOptimizer(key, value, mine=True)
        else:
            self.mine[key], self.keys[id(value)] = value, key
            return {"function": key}
        self.mine[key], self.keys[id(value)] = shared, key
        self.use(scope, key)
        return written | {"news": shared.news(writer)}

    def _groups(self, scope: ExitStack, optimizer: torch.optim.Optimizer, writer: Writer) -> dict:
        """The parameters of an optimizer by key and name; those of no shared module travel in a list of their own."""
        places = {
            id(parameter): [key, name]
            for key, shared in [*self.mine.items(), *((k, vars(m)["_shared"]) for k, m in self.theirs.items())]
            if isinstance(shared, Shared)
            for name, parameter in shared.module().named_parameters()
        }
        loose = [p for group in optimizer.param_groups for p in group["params"] if id(p) not in places]
        holder = nn.ParameterList(loose)
        written = self.write(scope, holder, writer) if loose else None
        places |= {id(p): [self.keys[id(holder)], str(i)] for i, p in enumerate(loose)}
        groups = [[places[id(parameter)] for parameter in group["params"]] for group in optimizer.param_groups]
        return {"loose": written, "groups": groups}

    # Reading.

    def read(self, scope: ExitStack, written: dict, reader: Reader) -> Any:
        """The object of some JSON; `Malformed` if there is none."""
        kind, key = next(iter(written.items()))
        if kind == "yours":
            found = self.mine.get(key)
            if isinstance(found, Shared | SharedOptimizer):
                self.use(scope, key)
                return found.module() if isinstance(found, Shared) else found.optimizer
        elif kind == "known":
            found = self.theirs.get(key)
            if found is not None:
                self.use(scope, key)
        elif kind in ("function", "module", "optimizer") and self._is_its(key):
            if kind == "function":
                found = Proxy(self.call, ["object", key, "", "__call__"])
            elif kind == "module":
                found = self._mirror(key, written, reader)
            else:
                found = self._rebuilt(scope, key, written, reader) if self.trusting else None
            if kind != "function" and found is not None:
                self.use(scope, key)
        else:
            found = None
        if found is None:
            raise Malformed("an object that is none")
        return found

    def _is_its(self, key: Any) -> bool:
        its = isinstance(key, str) and key[:1] != self.letter and key[1:].isdecimal() and len(key) < 12
        return its and key not in self.theirs

    def _mirror(self, key: str, written: dict, reader: Reader) -> nn.Module:
        def calls(path: str) -> Callable:
            return lambda method, args, kwargs: self.call(["object", key, path, method], args, kwargs)

        if self.trusting:
            mirror = modules.grown(written["tree"], reader, calls)
        else:
            mirror = modules.mirror(written["class"], calls(""))
        return self._held(key, mirror, Shared(key, mirror, mine=False, whole=self.trusting), written, reader)

    def _rebuilt(self, scope: ExitStack, key: str, written: dict, reader: Reader) -> torch.optim.Optimizer:
        if written["loose"]:
            self.read(scope, written["loose"], reader)
        groups = [[self.shared(k).parameter(name) for k, name in group] for group in written["groups"]]
        optimizer = optimizers.made(written["class"], groups)
        return self._held(key, optimizer, SharedOptimizer(key, optimizer, mine=False), written, reader)

    def _held(self, key: str, value: Any, shared: Any, written: dict, reader: Reader) -> Any:
        object.__setattr__(value, "_shared", shared)
        self.theirs[key] = value
        if not self.trusting:
            weakref.finalize(value, self.freed.append, key).atexit = False
        shared.learn(written["news"], reader, self.trusting)
        return value


def method(module: nn.Module, name: Any, anything: bool) -> Callable:
    """The method that the other side calls; `Malformed` if it may not.

    Of a check's module these are what the check's own classes define, and nothing that torch's modules do besides.
    """
    if name == "__deepcopy__":
        return lambda: copy.deepcopy(module)
    if name == "__call__":
        return module
    if not isinstance(name, str) or name.startswith("_"):
        raise Malformed("a method that is none")
    if anything:
        return getattr(module, name)
    for base in type(module).__mro__:
        if base.__module__ == "__main__" and name in vars(base):
            return getattr(module, name)
    raise Malformed("a method that is none")
