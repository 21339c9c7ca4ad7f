"""The pinned MiniLM file's weights in a graph that computes with them in 8 bits.

The pinned file stores its matrices in 8 bits but multiplies in 32: onnxruntime widens them when it
loads them. Here the same integers, untouched, go into a graph of our own in which each token's
activations are rounded to 8 bits by that token's own largest one (per-row dynamic quantisation, as
in LLM.int8(), Dettmers et al. 2022, without its outlier path). Measured per second of one core:
three times the tokens of the pinned graph. Because rows are rounded by themselves and each text is
run by itself, a text's vector does not depend on what is embedded with it.

The graph is written in ONNX's own encoding (Protocol Buffers), of which two dozen lines are
enough, instead of with the ``onnx`` package, which nothing else here needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Weights = dict[str, NDArray[Any]]

LAYERS, HEADS, WIDTH = 6, 12, 384
EPSILON = 1e-12
# Activations are stored from 0 to 255 with their zero at ZERO; GELU is never below GELU_LOWEST, so
# its zero can lie lower and its positive values get the finer steps.
ZERO, GELU_ZERO, GELU_LOWEST = 128, 16, 0.17

# ONNX's numbers for types, and where the fields that are read here are (onnx.proto).
_FLOAT, _UINT8, _INT8, _INT64 = 1, 2, 3, 7
_DTYPES = {_FLOAT: "<f4", _UINT8: "u1", _INT8: "i1", 6: "<i4", _INT64: "<i8"}
_GRAPH, _NODE, _INITIALIZER = 7, 1, 5


def build(pinned: bytes, *, signed: bool) -> bytes:
    """An ONNX model from ``input_ids`` (1 x n, int64) to ``vector`` (1 x 384, of unit length).

    Args:
        pinned: The content of the pinned ``model.onnx``.
        signed: Keep the weights signed. If not, they are stored with 128 added, for machines whose
            instruction for signed weights is inexact; the vectors are the same.
    """
    return _Graph(*_read(pinned), signed=signed).model()


def probe() -> bytes:
    """A model of one product whose sum, 2 x 255 x 127, saturates where the instruction does."""
    import numpy as np

    graph = _Writer()
    graph.constant("weights", np.full((64, 16), 127, np.int8))
    graph.node("MatMulInteger", ["a", "weights"], "sum")
    return graph.model([("a", _UINT8, (1, 64))], ("sum", 6, (1, 16)))


class _Writer:
    """Collects nodes and constants, and writes them as an ONNX model."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._constants: set[str] = set()

    def constant(self, name: str, value: NDArray[Any]) -> str:
        if name not in self._constants:
            self._constants.add(name)
            kind = next(k for k, dtype in _DTYPES.items() if value.dtype == dtype)
            tensor = b"".join(_number(1, size) for size in value.shape)
            tensor += _number(2, kind) + _bytes(8, name.encode()) + _bytes(9, value.tobytes())
            self._parts.append(_bytes(_INITIALIZER, tensor))
        return name

    def node(self, op: str, inputs: Sequence[str], *outputs: str, **attributes: Any) -> str:
        domain = "com.microsoft" if op in _CONTRIBUTED else ""
        node = b"".join(_bytes(1, name.encode()) for name in inputs)
        node += b"".join(_bytes(2, name.encode()) for name in outputs)
        node += _bytes(4, op.encode()) + _bytes(7, domain.encode())
        node += b"".join(_bytes(5, _attribute(*item)) for item in attributes.items())
        self._parts.append(_bytes(_NODE, node))
        return outputs[0]

    def model(
        self,
        inputs: Sequence[tuple[str, int, Sequence[int | str]]],
        output: tuple[str, int, Sequence[int | str]],
    ) -> bytes:
        graph = b"".join(self._parts) + _bytes(2, b"graph")
        graph += b"".join(_bytes(11, _value_info(*value)) for value in inputs)
        graph += _bytes(12, _value_info(*output))
        operators = _bytes(8, _number(2, 17)) + _bytes(
            8, _bytes(1, b"com.microsoft") + _number(2, 1)
        )
        return _number(1, 8) + _bytes(_GRAPH, graph) + operators


# Operators of onnxruntime that are not in the standard.
_CONTRIBUTED = {"MatMulIntegerToFloat", "MultiHeadAttention", "Gelu"}


class _Graph(_Writer):
    """BERT (Devlin et al. 2019) as all-MiniLM-L6-v2 has it, with the mean over the tokens."""

    def __init__(self, weights: Weights, matrices: Sequence[str], *, signed: bool) -> None:
        super().__init__()
        self._weights = weights
        self._matrices = matrices
        self._signed = signed
        self._rounded: dict[str, tuple[str, str, str]] = {}

    def model(self, *_: Any) -> bytes:
        hidden = self._embedded()
        for layer in range(LAYERS):
            hidden = self._layer(hidden, layer)
        self.node("ReduceMean", [hidden], "mean", axes=[1], keepdims=0)
        self.node("LpNormalization", ["mean"], "vector", axis=-1, p=2)
        return super().model([("input_ids", _INT64, (1, "tokens"))], ("vector", _FLOAT, (1, WIDTH)))

    def _embedded(self) -> str:
        """Words, widened one row at a time, plus positions plus the one token type there is."""
        import numpy as np

        name = "inner.embeddings"
        words = f"{name}.word_embeddings.weight"
        self.constant("words", self._weights[f"{words}_q"])
        self.constant("word_scales", self._weights[f"{words}_scale"])
        places = f"{name}.position_embeddings.weight"
        places_wide = self._weights[f"{places}_q"] * self._weights[f"{places}_scale"]
        types = self._weights[f"{name}.token_type_embeddings.weight"]
        self.constant("places", (places_wide + types[0]).astype(np.float32))
        self.constant("first", np.array([0], np.int64))
        self.node("Gather", ["words", "input_ids"], "word_rows")
        self.node("Cast", ["word_rows"], "word_floats", to=_FLOAT)
        self.node("Gather", ["word_scales", "input_ids"], "word_row_scales")
        self.node("Mul", ["word_floats", "word_row_scales"], "word_vectors")
        self.node("Shape", ["input_ids"], "tokens", start=1, end=2)
        self.node("Slice", ["places", "first", "tokens"], "place_vectors")
        return self._norm("word_vectors", "place_vectors", f"{name}.LayerNorm", "embedded")

    def _layer(self, hidden: str, layer: int) -> str:
        query, key, value, out, up, down = self._matrices[6 * layer : 6 * layer + 6]
        at = f"inner.encoder.layer.{layer}"
        heads = [f"{at}.attention.self.{name}" for name in ("query", "key", "value")]
        both = self._linear(hidden, [query, key, value], heads, f"{layer}.heads")
        import numpy as np

        self.constant("thirds", np.array([WIDTH] * 3, np.int64))
        parts = [f"{layer}.{name}" for name in ("query", "key", "value")]
        self.node("Split", [both, "thirds"], *parts, axis=-1)
        seen = self.node("MultiHeadAttention", parts, f"{layer}.seen", num_heads=HEADS)
        name = f"{at}.attention.output"
        mixed = self._linear(seen, [out], [f"{name}.dense"], f"{layer}.mixed")
        middle = self._norm(mixed, hidden, f"{name}.LayerNorm", f"{layer}.middle")
        wide = self._linear(middle, [up], [f"{at}.intermediate.dense"], f"{layer}.wide")
        active = self.node("Gelu", [wide], f"{layer}.active")
        narrow = self._linear(active, [down], [f"{at}.output.dense"], f"{layer}.narrow", gelu=True)
        return self._norm(narrow, middle, f"{at}.output.LayerNorm", f"{layer}.done")

    def _norm(self, left: str, right: str, name: str, output: str) -> str:
        # The fused operator for this is four times slower than the two (onnxruntime 1.32).
        self.node("Add", [left, right], f"{output}.sum")
        gain = self.constant(f"{name}.weight", self._weights[f"{name}.weight"])
        bias = self.constant(f"{name}.bias", self._weights[f"{name}.bias"])
        inputs = [f"{output}.sum", gain, bias]
        return self.node("LayerNormalization", inputs, output, axis=-1, epsilon=EPSILON)

    def _linear(
        self,
        values: str,
        matrices: Sequence[str],
        biases: Sequence[str],
        output: str,
        *,
        gelu: bool = False,
    ) -> str:
        """``values`` times the matrices side by side, in integers, plus the biases."""
        import numpy as np

        integers = np.concatenate([self._weights[f"{m}_q"] for m in matrices], axis=1)
        scales = np.concatenate([self._weights[f"{m}_scale"][0] for m in matrices])
        bias = np.concatenate([self._weights[f"{name}.bias"] for name in biases])
        rounded, steps, zero = self._round(values, gelu)
        inputs = [rounded, f"{output}.matrix", "one", f"{output}.scales", zero]
        if self._signed:
            self.constant(f"{output}.matrix", integers)
        else:
            self.constant(f"{output}.matrix", (integers.astype(np.int16) + 128).astype(np.uint8))
            inputs.append(
                self.constant(f"{output}.zeros", np.full(scales.shape, 128, dtype=np.uint8))
            )
        self.constant("one", np.array(1.0, np.float32))
        self.constant(f"{output}.scales", scales)
        self.constant(f"{output}.bias", bias)
        self.node("MatMulIntegerToFloat", inputs, f"{output}.product")
        self.node("Mul", [f"{output}.product", steps], f"{output}.scaled")
        return self.node("Add", [f"{output}.scaled", f"{output}.bias"], output)

    def _round(self, values: str, gelu: bool) -> tuple[str, str, str]:
        """The values in 8 bits, the size of a step in each row, and which integer is zero."""
        import numpy as np

        zero = GELU_ZERO if gelu else ZERO
        self.constant(f"zero{zero}", np.array(zero, np.uint8))
        self.constant(f"one_zero{zero}", np.array([zero], np.uint8))
        steps_up = self.constant(f"share{zero}", np.array(1 / (255 - zero), np.float32))
        least = np.array(GELU_LOWEST * (255 - zero) / zero if gelu else 1e-9, np.float32)
        self.constant(f"least{zero}", least)
        self.constant("flat", np.array([-1], np.int64))
        sizes = values if gelu else self.node("Abs", [values], f"{values}.sizes")
        self.node("ReduceMax", [sizes], f"{values}.top", axes=[-1], keepdims=1)
        self.node("Max", [f"{values}.top", f"least{zero}"], f"{values}.largest")
        self.node("Mul", [f"{values}.largest", steps_up], f"{values}.steps")
        self.node("Reshape", [f"{values}.steps", "flat"], f"{values}.row_steps")
        self.node("Expand", [f"one_zero{zero}", "tokens"], f"{values}.row_zeros")
        inputs = [values, f"{values}.row_steps", f"{values}.row_zeros"]
        self.node("QuantizeLinear", inputs, f"{values}.rounded", axis=1)
        return f"{values}.rounded", f"{values}.steps", f"zero{zero}"


# Protocol Buffers: https://protobuf.dev/programming-guides/encoding/ ------------------------------


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _attribute(name: str, value: float | int | list[int]) -> bytes:
    import struct

    head = _bytes(1, name.encode())
    if isinstance(value, float):
        return head + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, 2)
    return head + b"".join(_number(8, item) for item in value) + _number(20, 7)


def _value_info(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(
        _bytes(1, _number(1, size) if isinstance(size, int) else _bytes(2, size.encode()))
        for size in shape
    )
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, sizes)))


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """``(field number, value)``; values of fixed width, which are not needed, as bytes."""
    place = 0

    def varint() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = data[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(key & 7) or varint()
        yield key >> 3, data[place : place + size]
        place += size


def _read(model: bytes) -> tuple[Weights, list[str]]:
    """The weights of a model by name, and the names of its matrices in the order of their use."""
    weights: Weights = {}
    factors: list[str] = []
    for field, graph in _fields(memoryview(model)):
        if field != _GRAPH or isinstance(graph, int):
            continue
        for kind, part in _fields(graph):
            if isinstance(part, int):
                continue
            if kind == _INITIALIZER:
                name, tensor = _tensor(part)
                weights[name] = tensor
            elif kind == _NODE:
                values = [(n, bytes(v)) for n, v in _fields(part) if not isinstance(v, int)]
                if (4, b"MatMul") in values:
                    factors.append([v for n, v in values if n == 1][1].decode())
    return weights, [name for name in factors if f"{name}_q" in weights]


def _tensor(data: memoryview) -> tuple[str, NDArray[Any]]:
    import numpy as np

    shape, name, kind, raw = list[int](), "", 0, b""
    for field, value in _fields(data):
        if isinstance(value, int):
            shape += [value] if field == 1 else []
            kind = value if field == 2 else kind
        else:
            name = bytes(value).decode() if field == 8 else name
            raw = bytes(value) if field == 9 else raw
    if kind not in (_FLOAT, _INT8) or not raw:  # shapes and the like: no weights
        return name, np.zeros(0, np.float32)
    return name, np.frombuffer(raw, _DTYPES[kind]).reshape(shape)
