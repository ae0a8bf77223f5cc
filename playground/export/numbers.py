"""The numbers of a run: as CSV, and as the events that TensorBoard draws."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from playground.analysis.comparison import ComparedRun
from playground.frames.tables import metrics_csv
from playground.run.info import StoredRun


def csv_file(run: StoredRun) -> bytes:
    """Return settings and metrics, a row for each epoch."""
    info, snapshot = run.info, run.snapshot
    compared = ComparedRun(
        info.run_id,
        info.name,
        snapshot.experiment,
        snapshot.epochs,
        parameters=snapshot.started.parameters if snapshot.started else None,
        status=snapshot.status.value,
        created_at=info.created_at,
        group=info.group,
        recipe=info.recipe,
    )
    return metrics_csv([compared]).encode()


def tensorboard_file(run: StoredRun) -> bytes:
    """Return the run as a file of events: a scalar for each epoch, and for points between them.

    A step is an epoch; of the losses of batches, which have places between epochs, it is a
    thousandth of one. Times are those of the epochs' ends as far as their computing took.
    """
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
    from tensorboard.summary.writer.record_writer import RecordWriter

    class _Whole(BytesIO):
        def close(self) -> None:
            """Stay open: what was written is still to be read."""

    content = _Whole()
    writer = RecordWriter(content)
    now = run.info.created_at

    def write(event: Event) -> None:
        writer.write(event.SerializeToString())

    write(Event(wall_time=now, file_version="brain.Event:2"))
    settings = TensorProto(
        dtype="DT_STRING",
        string_val=[f"```\n{run.snapshot.experiment.to_json()}\n```".encode()],
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)]),
    )
    text = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    value = Summary.Value(tag="experiment", metadata=text, tensor=settings)
    write(Event(wall_time=now, step=0, summary=Summary(value=[value])))
    for tag, step, seconds, number in _scalars(run):
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=number)])
        write(Event(wall_time=now + seconds, step=step, summary=summary))
    writer.flush()
    return content.getvalue()


TAGS = {
    "train_loss": "loss/train",
    "validation_loss": "loss/validation",
    "train_accuracy": "accuracy/train",
    "validation_accuracy": "accuracy/validation",
    "learning_rate": "steps/learning_rate",
    "gradient_norm": "steps/gradient_norm",
    "update_ratio": "steps/update_ratio",
}
"""What each number of an epoch is called there."""

BATCH_TAG, BATCH_STEPS = "loss/train_batches", 1000


def _scalars(run: StoredRun) -> Iterator[tuple[str, int, float, float]]:
    """Yield tag, step, seconds since the start, and value."""
    seconds = 0.0
    for record in run.snapshot.epochs:
        seconds += record.seconds
        numbers = record.numbers()
        for name, tag in TAGS.items():
            if name in numbers:
                yield tag, record.epoch, seconds, numbers[name]
    each = seconds / max(1, len(run.snapshot.epochs))
    for point in run.snapshot.batches:
        yield BATCH_TAG, round(BATCH_STEPS * point.position), each * point.position, point.mean
