"""The batches of CIFAR-10: Python pickles, read without running anything that is in them.

No torch here, so that the process that downloads starts at once.
"""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from playground.engine.images.sources.archives import Damaged
from playground.errors import shorten

_WHOLE_NUMBERS = [f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)]


def read_cifar_batch(
    path: Path, shape: Sequence[int], classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return images uint8 `[N, *shape]` and labels int64 `[N]` of one batch; raises `Damaged`.

    Reads what any Python has written, by any protocol: keys as text or bytes, arrays in the order
    of C or Fortran, labels as a list of whole numbers, Python's or numpy's, or as an array.
    """
    content = path.read_bytes()
    try:
        return _read(_PlainUnpickler(io.BytesIO(content), encoding="bytes").load(), shape, classes)
    except Damaged:
        raise
    except Exception as error:
        # A damaged pickle can raise nearly anything: it is a program, and the bytes are wrong.
        raise Damaged(f"it is not a CIFAR batch: {shorten(str(error), 100)}") from error


def _read(batch: Any, shape: Sequence[int], classes: int) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(batch, dict):
        raise Damaged("it is not a CIFAR batch: it holds no dictionary")
    images = batch.get(b"data", batch.get("data"))
    if not isinstance(images, _Array) or images.type != "u1":
        raise Damaged("its images are not an array of bytes")
    pixels, size = images.values(), math.prod(shape)
    if pixels.ndim != 2 or pixels.shape[1] != size or len(pixels) == 0:
        raise Damaged(f"its images have the shape {list(pixels.shape)}, not [N, {size}]")
    labels = _plain(batch.get(b"labels", batch.get("labels")))
    if not isinstance(labels, list) or len(labels) != len(pixels):
        raise Damaged("it has no label for each image")
    labels = [_plain(label) for label in labels]
    if not all(type(label) is int and 0 <= label < classes for label in labels):
        raise Damaged(f"its labels are not whole numbers from 0 to {classes - 1}")
    return pixels.reshape(-1, *shape), np.array(labels, dtype=np.int64)


def _plain(value: Any) -> Any:
    """Return Python's own numbers for an array of whole numbers, or for one of numpy's."""
    is_array = isinstance(value, _Array) and value.type in _WHOLE_NUMBERS
    return value.values().tolist() if is_array else value


class _Array:
    """Stands for an array: called as numpy's `_frombuffer`, or given its state afterwards."""

    def __init__(
        self, raw: Any = None, dtype: Any = None, shape: Any = (), order: Any = "C", *_: object
    ) -> None:
        self._raw, self._dtype, self._shape, self._order = raw, dtype, shape, order

    def __setstate__(self, state: Any) -> None:
        _, self._shape, self._dtype, is_fortran, self._raw = state
        self._order = "F" if is_fortran else "C"

    @property
    def type(self) -> object:
        """The short name of its type, such as "u1"."""
        return self._dtype.name if isinstance(self._dtype, _Type) else None

    def values(self) -> np.ndarray:
        """Build the array, in the order of C; raises whatever numpy does where it cannot be."""
        dtype = np.dtype(self._dtype.name).newbyteorder(self._dtype.byte_order)
        values = np.frombuffer(self._raw, dtype).reshape(self._shape, order=self._order)
        return np.array(values, order="C")  # a copy: the bytes themselves are read-only


class _Number(_Array):
    """Stands for a number of numpy's: an array without dimensions."""

    def __init__(self, dtype: Any, raw: Any) -> None:
        super().__init__(raw, dtype)


class _Bytes(_Array):
    """Stands for `_codecs.encode` and `bytes`, by which protocols 0 to 2 spell bytes."""

    def __new__(cls, text: str = "", encoding: str = "latin1") -> Any:
        return text.encode("latin1")


class _Type:
    """Stands for a numpy type: keeps its name and the order of its bytes."""

    def __init__(self, name: Any, *_: object) -> None:
        self.name, self.byte_order = _text(name), "="

    def __setstate__(self, state: Any) -> None:
        self.byte_order = _text(state[1])


def _text(value: Any) -> Any:
    return value.decode("latin1") if isinstance(value, bytes) else value


def _list(unpickler: Any) -> None:
    items = unpickler.pop_mark()  # and only now is the stack the one to append to
    unpickler.append(items)


def _list_of(count: int) -> Any:
    def build(unpickler: Any) -> None:
        unpickler.stack[-count:] = [unpickler.stack[-count:]]

    return build


class _PlainUnpickler(pickle._Unpickler):
    """Resolves the few names that an array needs, each to a class of ours that takes any state.

    Python's unpickler and not that in C, which for a wrong number in the file makes room for
    gigabytes before it looks what is there.
    """

    _ALLOWED: ClassVar[dict[str, type[_Array | _Type]]] = {
        "numpy.ndarray": _Array,
        "numpy.dtype": _Type,
        "numpy.core.multiarray._reconstruct": _Array,
        "numpy.core.multiarray.scalar": _Number,
        "numpy.core.numeric._frombuffer": _Array,
        "_codecs.encode": _Bytes,
        "builtins.bytes": _Bytes,
        "__builtin__.bytes": _Bytes,  # Python 2's name of the same, which protocol 2 keeps
    }
    dispatch: ClassVar[dict[int, Any]] = {
        **pickle._Unpickler.dispatch,
        # Lists for tuples: the hash of a tuple in a tuple, very deep, would end the process.
        pickle.TUPLE[0]: _list,
        pickle.TUPLE1[0]: _list_of(1),
        pickle.TUPLE2[0]: _list_of(2),
        pickle.TUPLE3[0]: _list_of(3),
        # As above: reads what is there, and not as much as is announced.
        pickle.BYTEARRAY8[0]: lambda self: self.append(
            bytearray(self.read(int.from_bytes(self.read(8), "little")))
        ),
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._ALLOWED[f"{module.replace('numpy._core.', 'numpy.core.')}.{name}"]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None
