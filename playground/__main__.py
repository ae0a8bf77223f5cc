"""The command line: python -m playground train | recipes | runs | … | benchmark | worker."""

from __future__ import annotations

from playground.commands import interrupts

if __name__ == "__main__":
    interrupts.begin()  # before all else: loading takes a while

import argparse
import os
import re
import sys

from playground.commands.output import unfailing
from playground.errors import InvalidExperiment, PlaygroundError
from playground.run import datasets, threads
from playground.run.names import visible_lines

# Once ids were 16 random letters, and one in 64 began with a dash as options do.
_OLD_ID = re.compile(r"-(?!-?[a-z-]+$)[A-Za-z0-9_-]{15}")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; whether anybody can read what it prints changes nothing.

    Returns 0; 1 for a run that failed or could not be stored; 2 for an experiment that cannot be;
    130 where Ctrl-C has ended it before its end.
    """
    with interrupts.contained(), unfailing():
        return _main(arguments)


def _main(arguments: list[str] | None) -> int:
    # Only the chosen command is imported: help and complaints need no PyTorch.
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(_ids_last(given))
    datasets.follow()
    threads.choose_waiting(os.environ)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    try:
        return _run(options)
    except InvalidExperiment as error:
        sys.stderr.write(f"{visible_lines(str(error))}\n")
        return 2
    except PlaygroundError as error:
        sys.stderr.write(f"{visible_lines(str(error))}\n")
        return 1


def _run(options: argparse.Namespace) -> int:
    match options.command:
        case "train":
            from playground.commands import train

            return train.main(options)
        case "datasets":
            from playground.commands import images

            return images.main(options)
        case "runs":
            from playground.commands import runs

            return runs.main(options)
        case "resume":
            from playground.commands import resume

            return resume.main(options)
        case "stop" | "delete":
            from playground.commands import ending

            return ending.stop(options) if options.command == "stop" else ending.delete(options)
        case "clean":
            from playground.commands import clean

            return clean.main(options)
        case "recipes":
            from playground.commands import recipes

            return recipes.main(options)
        case "diagnose":
            from playground.commands import diagnose, examine

            return examine.main(options) if options.examine else diagnose.main(options)
        case "describe":
            from playground.commands import describe

            return describe.main(options)
        case "rate":
            from playground.commands import rate

            return rate.main(options)
        case "benchmark":
            from playground.benchmark import command as benchmark

            return benchmark.main(options)
        case _:
            interrupts.ignore()  # in a terminal, the server decides when it ends
            from playground.worker import process

            return process.main(apart=options.apart)


def _ids_last(arguments: list[str]) -> list[str]:
    """Return the arguments with old ids that begin with a dash where they are no options."""
    ids = [each for each in arguments if _OLD_ID.fullmatch(each)]
    if not ids or "--" in arguments:
        return arguments
    return [*(each for each in arguments if each not in ids), "--", *ids]


def _parser() -> argparse.ArgumentParser:
    from playground.benchmark.plan import add_options
    from playground.commands.examine import add_options as add_examination
    from playground.commands.options import add_experiment_options

    parser = argparse.ArgumentParser(
        prog="python -m playground",
        description="Train a small neural network without the page.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (
        ("train", "train an experiment and print every epoch"),
        ("describe", "show the layers and parameters of an experiment's network"),
        ("rate", "try learning rates on an untrained network and suggest one"),
    ):
        command = commands.add_parser(name, help=text, description=text.capitalize() + ".")
        add_experiment_options(command)
        if name == "train":
            text = "make a data set of these images, or find it again, and train on it"
            command.add_argument("--images", metavar="FOLDER_OR_ZIP", help=text)
    text = "list the data sets: those that come with the app, and those that people have made"
    datasets_ = commands.add_parser("datasets", help=text, description=text.capitalize() + ".")
    text = "list the runs, the newest first"
    runs = commands.add_parser("runs", help=text, description=text.capitalize() + ".")
    text = "go on with a run that was stopped, interrupted or killed"
    resume = commands.add_parser("resume", help=text, description=text.capitalize() + ".")
    resume.add_argument("run", metavar="RUN", help="the id of the run, as runs shows it")
    text = "say what ails a run, with the evidence and what to change"
    diagnose = commands.add_parser("diagnose", help=text, description=text.capitalize() + ".")
    diagnose.add_argument("run", metavar="RUN", nargs="?", help="its id, as runs shows it")
    add_examination(diagnose)
    for name, text in (
        ("stop", "end runs, whichever process trains them, and keep what they have learned"),
        ("delete", "end runs, and remove all that they left"),
    ):
        ending = commands.add_parser(name, help=text, description=text.capitalize() + ".")
        ending.add_argument("runs", nargs="+", metavar="RUN", help="the id of a run")
    text = "remove what can be made again, and leftovers; never a run"
    clean = commands.add_parser("clean", help=text, description=text.capitalize() + ".")
    clean.add_argument("--dry-run", action="store_true", help="only list what would be removed")
    text = "list the recipes: what each teaches, how long it takes and what it reaches"
    recipes = commands.add_parser("recipes", help=text, description=text.capitalize() + ".")
    text = "measure how fast this machine trains, against a tutorial's loop and the limit"
    benchmark = commands.add_parser("benchmark", help=text, description=text.capitalize() + ".")
    add_options(benchmark)
    for command in (runs, datasets_, resume, recipes, benchmark, diagnose):
        command.add_argument("--json", action="store_true", help="print one JSON object per line")
    worker = commands.add_parser("worker", help="serve commands from stdin; started by the app")
    worker.add_argument("--apart", action="store_true", help="send files as messages as well")
    return parser


if __name__ == "__main__":
    sys.exit(main())
