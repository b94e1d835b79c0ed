"""Decoding and validating only: in a function and in the ingress, for a small, a middle and a large message."""

from collections.abc import Iterable

from tests.benchmarks.bench import Bench
from tests.benchmarks.families.warm import SECONDS, UNIT
from tests.benchmarks.messages import SIZES, batch
from tests.benchmarks.processes import Timed, Worker
from tests.benchmarks.rounds import interleaved, ratio
from tests.benchmarks.row import Row


def decode_validate(bench: Bench) -> Iterable[Row]:
    """From text to a typed message with its ids, as a ratio to `json.loads` of the same text."""
    with Worker(bench.contestants.ours) as ours:
        for size, type_name in SIZES.items():
            event = batch(type_name, 10)
            subject = {"event": event, "type": type_name}
            measures = {
                kind: Timed(ours, f"{kind} {size}", kind, subject, seconds=SECONDS)
                for kind in ("floor", "decode", "decode_strictly")
            }
            rounds = list(interleaved(measures, bench.rounds(41)))
            length = len(event["Records"][0]["body"].encode())
            value = ratio(rounds, "decode", "floor")
            yield Row(
                name=f"decode_validate({size})",
                value=value.value,
                unit=UNIT,
                spread=value.spread,
                others={"at the ingress": ratio(rounds, "decode_strictly", "floor").value},
                note=f"{type_name}, {length:,} bytes",
            )
