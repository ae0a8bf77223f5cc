"""Faults: what is planted in which setups, mildly and plainly, rule by rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.examination.setups import Changes


@dataclass(frozen=True, slots=True)
class Fault:
    """One change of a setup that is well: factors of its rate and epochs, settings, a plant."""

    name: str
    setups: tuple[str, ...]
    rate: float = 1.0
    epochs: float = 1.0
    changes: Changes = field(default_factory=dict)
    plant: str = ""
    also: tuple[str, ...] = ()


def _setups(names: str) -> tuple[str, ...]:
    return tuple(names.split(", "))


def _pitfall(name: str, setups: str, **changes: object) -> Fault:
    title = ", ".join([name, *(f"{key} {value}" for key, value in changes.items())])
    return Fault(title, _setups(setups), changes={"pitfalls": [name], **changes})


_RATE = ("diverged", "rate_too_high", "oscillating")
_SLOW = ("not_learning", "rate_too_low")
_TOO_LONG = ("overfitting", "overconfident")
_DEEP_SIGMOIDS: Changes = {"activation": "sigmoid", "initialization": "default"}

FAULTS: dict[str, tuple[Fault, ...]] = {
    "diverged": (
        Fault("rate × 100", _setups("sgd, cnn sgd, linear sgd, nesterov"), 100, also=_RATE),
        Fault("rate × 30", _setups("sgd, cnn sgd, steps, momentum 0.95"), 30, also=_RATE),
    ),
    "bad_start": (
        Fault("last layer × 30", _setups("sgd, plain, deep, tanh"), plant="last_layer 30"),
        Fault("last layer × 100", _setups("sgd, cnn, 128, gelu, linear"), plant="last_layer 100"),
    ),
    "unscaled_inputs": (
        _pitfall("raw_pixels", "sgd, plain, tanh, cnn, few, linear"),
        Fault("none", _setups("deep, nesterov, 128"), changes={"normalization": "none"}),
        Fault("÷ 0.01", _setups("sgd, plain"), changes={"normalization": "custom", "std": [0.01]}),
    ),
    "symmetric_weights": (
        Fault("constant 0.01", _setups("sgd, plain, tanh, deep, cnn"), plant="constant 0.01"),
        Fault("constant 0", _setups("sgd, plain, cnn, gelu"), plant="constant 0"),
    ),
    "not_learning": (
        Fault(
            "rate 1e-5",
            _setups("sgd, cnn sgd, linear sgd, norm, sgd without momentum, steps"),
            changes={"learning_rate": 1e-5, "momentum": 0.0},
            also=_SLOW,
        ),
        Fault("decay 1", _setups("plain, sgd, tanh, cnn"), changes={"weight_decay": 1.0}),
    ),
    "rate_too_high": (
        Fault("rate × 3", _setups("sgd, plain, tanh"), 3, also=_RATE),
        Fault("rate × 10", _setups("sgd, plain, deep, cnn, tanh, gelu"), 10, also=_RATE),
        Fault("rate × 30", _setups("plain, dropout, cnn, linear, 128"), 30, also=_RATE),
    ),
    "rate_too_low": (
        Fault("rate ÷ 10", _setups("sgd, plain"), 1 / 10),
        Fault("rate ÷ 30", _setups("sgd, plain, tanh, cnn, linear, dropout"), 1 / 30),
        Fault("rate ÷ 100", _setups("plain, cnn, 128, gelu"), 1 / 100, also=_SLOW),
    ),
    "stopped_early": (
        Fault("20 % of the epochs", _setups("plain, cnn, gelu, tanh, linear sgd"), 1, 0.2),
        Fault("10 % of the epochs", _setups("sgd, dropout, linear, 0 to 1, 32"), 1, 0.1),
    ),
    "oscillating": (
        Fault(
            "momentum 0.99",
            _setups("sgd, cnn sgd, nesterov, norm, steps, linear sgd"),
            changes={"momentum": 0.99},
            also=_RATE,
        ),
        Fault("rate × 5", _setups("sgd, nesterov, momentum 0.95, rmsprop"), 5, also=_RATE),
    ),
    "validation_too_small": (
        Fault(
            "two classes",
            _setups("plain, sgd, cnn, tanh"),
            changes={"validation_share": 0.05, "classes": ["3", "8"]},
        ),
        Fault(
            "three classes",
            _setups("plain, dropout, norm, linear, gelu"),
            changes={"validation_share": 0.05, "classes": ["3", "8", "9"]},
        ),
    ),
    "overfitting": (
        Fault(
            "wrong labels by heart",
            _setups("128, few images, gelu, norm deep, 128 64 32"),
            1,
            3,
            {"pitfalls": ["noisy_labels"], "hidden_sizes": [256]},
            also=("noisy_labels", *_TOO_LONG),
        ),
        Fault("5 times as long, rate × 3", _setups("few, few images, plain"), 3, 5, also=_TOO_LONG),
    ),
    "overconfident": (
        Fault("5 times as long", ("few", "few, tanh", "few, SGD"), 1, 5, also=_TOO_LONG),
        Fault(
            "rate × 3, 5 times as long",
            ("few", "few, tanh", "few, deep", "few images", "few, SGD"),
            3,
            5,
            also=_TOO_LONG,
        ),
    ),
    "too_small": (
        Fault("1 unit", _setups("plain, sgd, tanh"), changes={"hidden_sizes": [1]}),
        Fault("2 units", _setups("plain, sgd, gelu, 64 32"), changes={"hidden_sizes": [2]}),
        Fault("2 and 2 units", _setups("plain, cnn, tanh"), changes={"hidden_sizes": [2, 2]}),
    ),
    "vanishing_gradients": (
        Fault("sigmoids", _setups("deep"), changes=_DEEP_SIGMOIDS),
        Fault(
            "8 sigmoids",
            _setups("plain, sgd, 128, nesterov, adamw"),
            changes={**_DEEP_SIGMOIDS, "hidden_sizes": [32] * 8},
        ),
        Fault(
            "6 tanh, small weights",
            _setups("sgd, nesterov, plain"),
            changes={"activation": "tanh", "hidden_sizes": [32] * 6},
            plant="hidden_layers 0.2",
        ),
    ),
    "exploding_gradients": (
        Fault("weights × 5", _setups("deep, 128 64 32"), plant="all_layers 5", also=("bad_start",)),
        Fault(
            "weights × 10",
            _setups("deep, 64 32, 128 64 32, norm deep"),
            plant="all_layers 10",
            also=("bad_start",),
        ),
        Fault(
            "SGD, weights × 4",
            _setups("deep, 128 64 32"),
            changes={"name": "sgd", "learning_rate": 0.01, "momentum": 0.9},
            plant="hidden_layers 4",
            also=("bad_start", "diverged"),
        ),
    ),
    "gradients_not_zeroed": (
        _pitfall("not_zeroed", "sgd, plain, cnn, nesterov, deep, norm, tanh, linear, dropout"),
        _pitfall("not_zeroed", "linear sgd, steps"),
    ),
    "dead_units": (
        Fault("biases −10", _setups("plain, sgd, cnn, deep, 128"), plant="hidden_biases -10"),
        Fault("biases −4", _setups("plain, sgd, cnn, 64 32, he"), plant="hidden_biases -4"),
    ),
    "saturated_units": (
        Fault("weights × 10", _setups("tanh, sigmoid, tanh deep"), plant="hidden_layers 10"),
        Fault(
            "SGD, weights × 20",
            _setups("tanh, sigmoid, tanh deep"),
            changes={"name": "sgd", "learning_rate": 0.01, "momentum": 0.9},
            plant="hidden_layers 20",
        ),
        Fault("weights × 50", _setups("tanh, tanh deep, sigmoid"), plant="hidden_layers 50"),
    ),
    "softmax_twice": (
        _pitfall("softmax_twice", "sgd, plain, cnn, tanh, linear, dropout, norm, 128, steps"),
    ),
    "sorted_batches": (
        _pitfall("sorted", "sgd, plain, cnn, tanh, linear, dropout, norm, 128, cosine"),
    ),
    "meaningless_labels": (
        _pitfall("shuffled_labels", "sgd, plain, cnn, tanh, linear, dropout, norm, few, 128"),
    ),
    "noisy_labels": (
        _pitfall("noisy_labels", "plain, sgd, cnn, tanh, dropout, norm, deep, 128, few images"),
    ),
    "leaked_validation": (
        _pitfall("leaked", "few, few images"),
        _pitfall("leaked", "plain, 128, cnn, norm", validation_share=0.5),
        _pitfall("unseparated", "few, few images, plain, sgd", training_images=200),
    ),
    "validation_better_explained": (
        Fault("dropout 0.5", _setups("dropout, plain, 128, sgd"), changes={"dropout": 0.5}),
        Fault(
            "dropout 0.7", _setups("dropout, plain, 64 32"), changes={"dropout": 0.7, "epochs": 25}
        ),
        Fault("first epochs", _setups("sgd, plain"), 1, 0.5),
    ),
    "wrong_mode": (
        _pitfall(
            "validated_in_train_mode",
            "dropout, dropout, strong dropout, strong dropout, dropout twice, crop and dropout",
        ),
        _pitfall("eval_mode", "norm, norm deep, cnn norm, norm"),
    ),
    "neglected_class": (
        Fault("5 % of a class", _setups("plain, sgd, linear, cnn"), plant="share_of_a_class 0.05"),
        Fault(
            "1 % of a class", _setups("plain, tanh, dropout, norm"), plant="share_of_a_class 0.01"
        ),
    ),
}
"""At least eight on Digits for each rule; the sets that report take those that suit them."""
