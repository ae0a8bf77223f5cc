"""A run's network as ONNX, and how far its answers lie from those of PyTorch."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from playground.engine.export.network import TakenNetwork
from playground.engine.export.programs import exported

MOST_COMPARED = 256  # validation images
_PORTION = 64


@dataclass(frozen=True, slots=True)
class Difference:
    """The largest differences of ONNX Runtime to PyTorch over so many validation `images`."""

    images: int
    logits: float
    probabilities: float

    @property
    def words(self) -> str:
        """The differences in a sentence."""
        if not self.images:
            return "Not compared with PyTorch: the images of this run are not here as they were."
        return (
            f"ONNX Runtime and PyTorch differ by at most {self.logits:.1e} in a logit and "
            f"{self.probabilities:.1e} in a probability, on {self.images:,} validation images."
        )


def onnx_file(network: TakenNetwork) -> tuple[bytes, Difference]:
    """Return the network as ONNX for any number of images, and how far it is from PyTorch.

    Its inputs are called "images", its outputs "logits".
    """
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            exported(network),
            (),
            input_names=["images"],
            output_names=["logits"],
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    model.doc_string = network.input_words()
    for key, value in network.facts().items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    content: bytes = model.SerializeToString()
    return content, difference(content, network)


def difference(content: bytes, network: TakenNetwork) -> Difference:
    """Compare an ONNX file with the network on the first validation images."""
    import onnxruntime

    if network.images is None:
        return Difference(0, 0.0, 0.0)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    model, data = network.model(), network.images
    inputs = data.normalization.apply(data.validation.inputs[:MOST_COMPARED])
    largest = [0.0, 0.0]
    with torch.inference_mode():
        for portion in inputs.split(_PORTION):
            mine = model(portion)
            theirs = torch.from_numpy(session.run(["logits"], {"images": portion.numpy()})[0])
            for place, (one, other) in enumerate(
                ((mine, theirs), (mine.softmax(1), theirs.softmax(1)))
            ):
                largest[place] = max(largest[place], _apart(one, other))
    return Difference(len(inputs), *largest)


def _apart(one: Tensor, other: Tensor) -> float:
    return float(np.abs(one.numpy() - other.numpy()).max(initial=0.0))
