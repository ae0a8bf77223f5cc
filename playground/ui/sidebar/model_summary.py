"""The network in the sidebar before it is trained: parameters, shapes, or why it does not fit."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.analysis.wording import shape_text
from playground.run.questions import DescribeNetwork
from playground.run.records import ModelSummary
from playground.service import service
from playground.ui.plain import plain
from playground.ui.session import Session

_PATIENCE = 0.3  # seconds: most networks are described in a tenth of that
_LOOK_AGAIN = 0.5
_NORMALIZING = ("batch_norm", "bn")
_MOST_SHAPES = 8  # in one line


def draw_model_summary(current: Session) -> None:
    """Draw the draft's network, or the sentence that says why there is none."""
    if current.problem:
        current.misfit = ""
        st.error(plain(current.problem), icon=":material/error:")
        return
    answer = service().inquiries.ask(DescribeNetwork(current.draft), _PATIENCE)
    current.misfit = answer.refusal
    if answer.refusal:
        st.error(plain(answer.refusal), icon=":material/error:")
    elif answer.result is None:
        st.fragment(_wait, run_every=_LOOK_AGAIN)(current)
    else:
        _draw(answer.result)


def _wait(current: Session) -> None:
    st.caption(plain(service().problem) or "Starting PyTorch …")
    if service().inquiries.ask(DescribeNetwork(current.draft)).is_ready:
        st.rerun()


def _draw(summary: ModelSummary) -> None:
    st.markdown(f":small[**{summary.parameters:,} parameters** · {sketch(summary)}]")
    with st.expander("Layers"):
        st.dataframe(
            layer_table(summary),
            hide_index=True,
            width="stretch",
            column_config={"parameters": st.column_config.NumberColumn(format="localized")},
        )


def sketch(summary: ModelSummary) -> str:
    """Return the shapes from image to classes in one line, such as "1×8×8 → 64 → 64 → 10".

    One for each layer with weights, as pooling leaves it; flattening and normalizing are no step.
    """
    shapes = [summary.input_shape]
    for layer in summary.layers:
        if layer.parameters and not layer.name.startswith(_NORMALIZING):
            shapes.append(layer.output_shape)
        elif len(layer.output_shape) == len(shapes[-1]) and len(shapes) > 1:
            shapes[-1] = layer.output_shape
    if summary.layers:
        shapes[-1] = summary.layers[-1].output_shape
    texts = list(map(shape_text, shapes))
    if len(texts) > _MOST_SHAPES:
        texts = [*texts[:4], "…", *texts[-3:]]
    return " → ".join(texts)


def layer_table(summary: ModelSummary) -> pd.DataFrame:
    """Return a row for each layer: its name, the shape of its output, its parameters."""
    return pd.DataFrame(
        {
            "layer": ["input", *(layer.name for layer in summary.layers)],
            "output": [
                shape_text(summary.input_shape),
                *(shape_text(layer.output_shape) for layer in summary.layers),
            ],
            "parameters": [0, *(layer.parameters for layer in summary.layers)],
        }
    )
