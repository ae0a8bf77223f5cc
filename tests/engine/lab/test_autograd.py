"""Autograd in the lab: gradients as on paper, None where none is asked for, sums if not zeroed."""

from __future__ import annotations

from typing import Any

import pytest
from asking import ask

from playground.lab.autograd import AutogradFindings, AutogradQuestion


def found(**inputs: Any) -> AutogradFindings:
    return ask(AutogradQuestion(**inputs))


def gradients(findings: AutogradFindings) -> dict[str, float | None]:
    return {name: leaf.grad for name, leaf in findings.leaves.items()}


def test_the_gradients_of_a_line_are_input_and_one() -> None:
    findings = found(w=2.0, x=3.0, b=1.0)
    assert findings.y == 7.0
    assert findings.product == 6.0
    assert gradients(findings) == {"w": 3.0, "x": None, "b": 1.0}


def test_an_input_that_requires_a_gradient_gets_the_weight() -> None:
    assert gradients(found(w=-1.5, x=4.0, learned=["x"])) == {"w": None, "x": -1.5, "b": None}


@pytest.mark.parametrize("times", [1, 2, 5])
def test_gradients_that_are_not_zeroed_add_up(times: int) -> None:
    assert gradients(found(w=2.0, x=3.0, backwards=times))["w"] == 3.0 * times


def test_without_backward_every_gradient_is_none() -> None:
    assert set(gradients(found(backwards=0)).values()) == {None}


def test_where_nothing_requires_a_gradient_pytorch_says_so_and_there_is_no_graph() -> None:
    findings = found(learned=[])
    assert "does not require grad" in findings.complaint
    assert findings.graph == ()
    assert findings.y_requires_grad is False


def test_the_graph_leads_from_the_sum_over_the_product_to_what_is_learned() -> None:
    graph = found().graph
    ends = {(start, end.rpartition("::")[2]) for start, end in graph}
    assert ends == {
        ("AddBackward0", "MulBackward0"),
        ("AddBackward0", "AccumulateGrad b"),
        ("MulBackward0", "AccumulateGrad w"),
    }


def test_the_code_shown_is_what_ran() -> None:
    code = found().code
    namespace: dict[str, Any] = {}
    exec(
        "from __future__ import annotations\nimport torch\nfrom torch import Tensor\n" + code,
        namespace,
    )
    w, _, b, _, y = namespace["forward"](2.0, 3.0, 1.0, ["w", "b"])
    namespace["backward"](y, 2)
    assert (w.grad.item(), b.grad.item()) == (6.0, 2.0)
