"""A small writer of ONNX graphs: values are names, operators are method calls.

Built by hand rather than traced, so that a graph says what it says here, for every batch size, and
torch is not needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import onnx
from numpy.typing import ArrayLike, DTypeLike, NDArray
from onnx import TensorProto, helper, numpy_helper

__all__ = ["BATCH", "Graph", "Value"]

Value: TypeAlias = str

BATCH: Final = "batch"
"""Name of the one axis whose length is free."""

_OPSET: Final = 18  # the first with BitwiseXor; read by onnxruntime 1.14 and later
_IR_VERSION: Final = 8

_KINDS: Final[Mapping[np.dtype[Any], int]] = {
    np.dtype(np.float32): TensorProto.FLOAT,
    np.dtype(np.float64): TensorProto.DOUBLE,
    np.dtype(np.int64): TensorProto.INT64,
}


class Graph:
    """One model in the making."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._kept: dict[tuple[str, tuple[int, ...], bytes], Value] = {}

    def input(self, name: str, shape: Sequence[int], kind: DTypeLike = np.float32) -> Value:
        """An input [batch, *shape]."""
        self._inputs.append(_tensor(name, shape, kind))
        return name

    def output(
        self, name: str, value: Value, shape: Sequence[int], kind: DTypeLike = np.float32
    ) -> None:
        """Makes a value an output [batch, *shape] of this name."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(_tensor(name, shape, kind))

    def constant(self, value: ArrayLike, kind: DTypeLike = np.float32) -> Value:
        """An array that is part of the model; the same one is kept once."""
        array = np.asarray(value, kind)
        key = (str(array.dtype), array.shape, array.tobytes())
        if key not in self._kept:
            name = f"c{len(self._constants)}"
            self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
            self._kept[key] = name
        return self._kept[key]

    def integers(self, value: ArrayLike) -> Value:
        return self.constant(value, np.int64)

    def apply(self, operator: str, *inputs: Value, **attributes: Any) -> Value:
        """The result of an ONNX operator."""
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def add(self, *terms: Value) -> Value:
        total = terms[0]
        for term in terms[1:]:
            total = self.apply("Add", total, term)
        return total

    def multiply(self, *factors: Value) -> Value:
        product = factors[0]
        for factor in factors[1:]:
            product = self.apply("Mul", product, factor)
        return product

    def subtract(self, a: Value, b: Value) -> Value:
        return self.apply("Sub", a, b)

    def divide(self, a: Value, b: Value) -> Value:
        return self.apply("Div", a, b)

    def clip(self, x: Value, low: float, high: float, kind: DTypeLike = np.float32) -> Value:
        return self.apply("Clip", x, self.constant(low, kind), self.constant(high, kind))

    def cast(self, x: Value, kind: DTypeLike) -> Value:
        return self.apply("Cast", x, to=_KINDS[np.dtype(kind)])

    def where(self, condition: Value, a: Value, b: Value) -> Value:
        return self.apply("Where", condition, a, b)

    def reshape(self, x: Value, *shape: int) -> Value:
        """[batch, …] to these lengths; -1 is what is left, 0 what it was."""
        return self.apply("Reshape", x, self.integers(shape))

    def part(self, x: Value, start: int, stop: int, *, axis: int) -> Value:
        return self.apply(
            "Slice", x, self.integers([start]), self.integers([stop]), self.integers([axis])
        )

    def join(self, *parts: Value, axis: int) -> Value:
        return self.apply("Concat", *parts, axis=axis)

    def linear(self, x: Value, weight: NDArray[Any], bias: NDArray[Any]) -> Value:
        """x @ weight.T + bias, for x [batch, in]."""
        return self.apply("Gemm", x, self.constant(weight), self.constant(bias), transB=1)

    def silu(self, x: Value) -> Value:
        return self.multiply(x, self.apply("Sigmoid", x))

    def model(self, about: str, metadata: Mapping[str, str]) -> bytes:
        """The finished model, checked, as the bytes of its file."""
        graph = helper.make_graph(
            self._nodes, self._name, self._inputs, self._outputs, self._constants
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", _OPSET)],
            ir_version=_IR_VERSION,
            producer_name="messina",
            doc_string=about,
        )
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model, full_check=True)
        data: bytes = model.SerializeToString(deterministic=True)
        return data


def _tensor(name: str, shape: Sequence[int], kind: DTypeLike) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, _KINDS[np.dtype(kind)], [BATCH, *shape])
