"""What a page may not ask of the lab: told in a sentence, before anything is computed."""

from __future__ import annotations

from typing import Any

import pytest

from playground.errors import InvalidExperiment, UnknownChoice
from playground.lab.autograd import AutogradQuestion
from playground.lab.batch_orders import NoiseQuestion, OrderQuestion
from playground.lab.channels import ChannelsQuestion
from playground.lab.convolution import ConvolutionQuestion
from playground.lab.cross_entropy import CrossEntropyQuestion
from playground.lab.data_size import DataSizeQuestion
from playground.lab.device import DeviceQuestion
from playground.lab.linear_regression import REGIONS, RegressionQuestion
from playground.lab.microscope import MicroscopeQuestion
from playground.lab.normalization import NormalizationQuestion
from playground.lab.valley import ValleyQuestion
from playground.run.questions import Question, read_question


def regions(rainfall: object) -> list[list[Any]]:
    """Return the regions of the lesson with another rainfall in the third."""
    rows: list[list[Any]] = [list(row) for row in REGIONS.values()]
    rows[2][1] = rainfall
    return rows


@pytest.mark.parametrize(
    ("kind", "inputs", "words"),
    [
        (AutogradQuestion, {"w": 99.0}, "from -5 to 5"),
        (AutogradQuestion, {"x": "three"}, '"three" is no input x'),
        (AutogradQuestion, {"b": float("nan")}, "is no bias b"),
        (AutogradQuestion, {"backwards": 1.5}, "whole number from 0 to 10"),
        (AutogradQuestion, {"backwards": True}, "whole number"),
        *((AutogradQuestion, {"learned": it}, "choose of w, x and b") for it in (["v"], "w", [[]])),
        (OrderQuestion, {"batch_size": 0}, "batch size"),
        (NoiseQuestion, {"before": 11}, "whole number from 0 to 10"),
        (ConvolutionQuestion, {"kernel": [1.0]}, "give 9 numbers"),
        (ConvolutionQuestion, {"stride": 0}, "whole number from 1 to 3"),
        (ConvolutionQuestion, {"picture": "house"}, "flower, temple, digit, shape"),
        (CrossEntropyQuestion, {"logits": [1.0, 2.0]}, "give 4 numbers"),
        (CrossEntropyQuestion, {"logits": [1.0, 2.0, 3.0, 700.0]}, "from -6 to 6"),
        (CrossEntropyQuestion, {"truth": "bird"}, "cat, dog, horse, ship"),
        (DeviceQuestion, {"network": "brain"}, "network"),
        (DeviceQuestion, {"batch_size": 513}, "batch size"),
        (NormalizationQuestion, {"std": 0.0}, "from 0.05 to 1"),
        (NormalizationQuestion, {"inputs": [1.0]}, "give 3 numbers"),
        (NormalizationQuestion, {"images": "mnist"}, "digits, shapes"),
        (MicroscopeQuestion, {"batch": 0}, "no batch"),
        (MicroscopeQuestion, {"batch": 1.5}, "whole number from 1 to 10"),
        (MicroscopeQuestion, {"learning_rate": "fast"}, '"fast" is no learning rate'),
        (ChannelsQuestion, {"channels": 257}, "whole number from 1 to 256"),
        (ChannelsQuestion, {"large": "3"}, "choose one of 5, 7"),
        (DataSizeQuestion, {"seeds": 6}, "whole number from 1 to 5"),
        (DataSizeQuestion, {"units": "1"}, "choose one of 64, 8, 2"),
        (ValleyQuestion, {"valley": "flat"}, "narrow, bent"),
        (ValleyQuestion, {"momentum": 1.0}, "from 0 to 0.99"),
        (RegressionQuestion, {"steps": 1001}, "it must be"),
        (RegressionQuestion, {"phase": 5}, "it must be"),
        (RegressionQuestion, {"learning_rate": 0}, "it must be"),
        (RegressionQuestion, {"regions": regions(None)}, "Region C: An empty field is no rainfall"),
        (RegressionQuestion, {"regions": regions(-1.0)}, "mm: it must be a number from 0 to 1000."),
        (RegressionQuestion, {"regions": regions("wet")}, 'Region C: "wet" is no rainfall'),
        (RegressionQuestion, {"regions": regions(float("nan"))}, "is no rainfall"),
        *(
            (RegressionQuestion, {"regions": table}, "give 5 rows of 5 numbers")
            for table in ([], [[1.0]] * 5, "x", [[1.0] * 5] * 4, [1.0] * 5)
        ),
    ],
)
def test_inputs_that_make_no_sense_are_refused_in_a_sentence(
    kind: type[Question[Any]], inputs: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidExperiment, match=r"\.$") as caught:
        read_question(kind, inputs)
    assert words in str(caught.value)
    assert isinstance(caught.value, UnknownChoice) is ("choose one of" in str(caught.value))
