"""Formats: what a run can be taken away as. A format is an entry here and a function that makes it.

The functions are listed in `playground.commands.export`, by these names.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from playground.errors import PlaygroundError
from playground.experiment.entries import Catalog


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: the form of its `file_name`, `media_type` for browsers, `packages` it takes.

    `of_weights` says that it holds what the network had learned after an epoch, which one chooses.
    Where a run hides a mystery, one that `tells` gives it away.
    """

    name: str
    label: str
    summary: str
    file_name: str
    media_type: str = "application/octet-stream"
    packages: tuple[str, ...] = ()
    of_weights: bool = False
    tells: bool = False

    def check_packages(self) -> None:
        """Raise `PlaygroundError`, which says what to install, where a package is missing."""
        if missing := [name for name in self.packages if not _is_there(name)]:
            raise PlaygroundError(
                f"{self.label} needs {' and '.join(missing)}, which "
                f"{'is' if len(missing) == 1 else 'are'} not installed here. Install with: "
                f"pip install {' '.join(self.packages)}"
            )


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ValueError:  # of a module that is no package of its own
        return False


_PYTHON, _ZIP = "text/x-python", "application/zip"

FORMATS: Catalog[Format] = Catalog(
    "format",
    [
        Format(
            "script",
            "PyTorch script",
            "One Python file with data, network and training loop: it needs none of our code.",
            "{run}.py",
            _PYTHON,
            tells=True,
        ),
        Format(
            "notebook",
            "Jupyter notebook",
            "The same script, cell by cell.",
            "{run}.ipynb",
            "application/x-ipynb+json",
            tells=True,
        ),
        Format(
            "safetensors",
            "Weights (safetensors)",
            "The state_dict with what goes in and comes out; reading it runs nothing.",
            "{run}-epoch-{epoch}.safetensors",
            of_weights=True,
        ),
        Format(
            "pt",
            "Weights (.pt)",
            "The state_dict as torch.save writes it, for torch.load with weights_only=True.",
            "{run}-epoch-{epoch}.pt",
            of_weights=True,
        ),
        Format(
            "exported",
            "ExportedProgram",
            "The network's graph with its weights, for torch.export.load: needs none of our code.",
            "{run}-epoch-{epoch}.pt2",
            of_weights=True,
        ),
        Format(
            "onnx",
            "ONNX",
            "The network for other runtimes, compared with PyTorch on validation images.",
            "{run}-epoch-{epoch}.onnx",
            packages=("onnx", "onnxruntime", "onnxscript"),
            of_weights=True,
        ),
        Format(
            "csv",
            "CSV",
            "Settings and metrics, one row for each epoch.",
            "{run}.csv",
            "text/csv",
        ),
        Format(
            "tensorboard",
            "TensorBoard events",
            "Losses, accuracies, learning rate and gradient norm, for tensorboard --logdir.",
            "events.out.tfevents.{created}.{run}",
            packages=("tensorboard",),
        ),
        Format(
            "card",
            "Run card",
            "All of it in one zip, with a report that opens offline; another playground reads it.",
            "{run}-card.zip",
            _ZIP,
            of_weights=True,
        ),
    ],
)
"""In the order in which they are shown."""
