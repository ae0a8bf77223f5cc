"""Two recipes that belong together, trained as one group and ticked on the Runs page."""

from __future__ import annotations

from playground.analysis.wording import labels
from playground.experiment import Experiment
from playground.recipes import RECIPES, Recipe
from playground.service import service
from playground.ui.session import Session


def train_both(current: Session, recipe: Recipe) -> None:
    """Queue the draft, which began as `recipe`, and the recipe beside it; tick both.

    Raises `InvalidExperiment` where the other one cannot have what was changed,
    `WorkerUnavailable` and `TooManyRuns`.
    """
    other = RECIPES[recipe.beside]
    experiments = {recipe: current.draft, other: other_half(recipe, current.draft)}
    pair = sorted(experiments, key=lambda each: each.order)
    taken = {run.info.group for run in service().runs()}
    group = labels([*taken, f"{pair[0].title}, side by side"])[-1]
    current.choice.compare(
        service().submit(
            experiments[each],
            owner=current.owner,
            name=each.title_of(experiments[each]),
            group=group,
            recipe=each.name,
        )
        for each in pair
    )


def other_half(recipe: Recipe, draft: Experiment) -> Experiment:
    """Return the recipe beside `recipe`, with what `draft` has changed in that one.

    What tells the two recipes apart stays as it is.
    """
    other = RECIPES[recipe.beside].experiment()
    own = {difference.path for difference in recipe.experiment().differences(other)}
    changes = recipe.experiment().differences(draft)
    return other.replace({change.path: change.new for change in changes if change.path not in own})
