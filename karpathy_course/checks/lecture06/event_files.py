"""TensorBoard's event files, made of numbers alone: the bytes that a case holds, the same for the same draw.

The records are those that `torch_reference.event_files` writes: scalars with a tag and a step, and among them a version,
histograms and a graph, which a reader of curves has to pass over. The values are float32.
"""

import base64
import io
import struct


def event_file(events, rng, begun, graph=True, pause=1.0):
    """The text (base64) of a file of these events, ``(step, tag, value)``, written from the time begun on, in seconds.

    value: a float, or None for a histogram. graph: whether there is one, once in a run: two make TensorBoard warn.
    pause: about so many seconds lie between two events.
    """
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    file = io.BytesIO()
    records = RecordWriter(file)
    records.write(Event(wall_time=begun, file_version="brain.Event:2").SerializeToString())
    if graph:
        records.write(Event(wall_time=begun, graph_def=b"").SerializeToString())
    for step, tag, value in events:
        begun += rng.uniform(0.5, 2) * pause
        if value is None:
            histogram = HistogramProto(min=0, max=1, num=3, sum=1, sum_squares=1, bucket_limit=[0, 1], bucket=[1, 2])
            summary = Summary(value=[Summary.Value(tag=tag, histo=histogram)])
        else:
            summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        records.write(Event(wall_time=begun, step=step, summary=summary).SerializeToString())
    return base64.b64encode(file.getvalue()).decode()


def as_float32(value):
    """The number that is read back."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def file_name(begun, rng):
    return f"events.out.tfevents.{begun:.6f}.{rng.choice(('lab', 'node7', 'pc'))}.{rng.randrange(100, 9999)}"
