"""Benches: each starts what it measures in a state folder of its own, measures, and stops it.

Results are rows {"name", "value", "unit", …context}: JSON lines on stdout with `--json`, a table without; progress on stderr.
"""

from __future__ import annotations

import json
import math
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from stack import lifecycle
from stack.bench import boutique, payments, wrk, yardsticks
from stack.progress import Progress
from stack.state import State, free_ports

Row = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """What is measured, and what its state differs in from the defaults."""

    measure: Callable[[State, Progress, bool], Iterator[Row]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    needs_release: bool = False


BENCHES = {
    # The cold figure is measured with no boutique prepared ahead.
    "boutique": Bench(boutique.measure, {"pool_size": 0}, needs_release=True),
    "payments": Bench(payments.measure, {"pool_size": 0}),
}
_FAILURES = (payments.BenchError, wrk.LoadError, yardsticks.YardstickError)


def run(name: str, *, as_json: bool, prestashop: str | None, full: bool) -> int:
    """Runs one bench; 0 when it measured. An unknown name is a usage error that lists the known ones."""
    if name not in BENCHES:
        raise click.UsageError(f"There is no bench {name!r}. Known: {', '.join(sorted(BENCHES))}.")
    bench, progress = BENCHES[name], Progress()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # as Ctrl-C: what was started is stopped
    folder = Path(tempfile.mkdtemp(prefix="comptoir-bench-"))
    state = State.at(folder / "var")
    try:
        state.prepare(free_pair())
        state.save_config(**bench.settings)
        lifecycle.bring_up(state, None, progress)
        if bench.needs_release and not lifecycle.prepare_template(state, progress, prestashop, None):
            raise click.ClickException("This bench needs a PrestaShop release: give one with --prestashop PATH|IMAGE.")
        for row in bench.measure(state, progress, full):
            click.echo(json.dumps(row) if as_json else as_line(row))
    except _FAILURES as error:
        raise click.ClickException(str(error)) from error
    finally:
        lifecycle.take_down(state, progress)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def as_line(row: Row) -> str:
    """A row for people: name, value, unit, then its context as name=value."""
    context = " ".join(f"{name}={value}" for name, value in row.items() if name not in ("name", "value", "unit"))
    return f"{row['name']:<36} {row['value']:>10.3f} {row['unit']:<4} {context}".rstrip()


def free_pair() -> int:
    """A port that is free together with the next one (https and http)."""
    for port in free_ports(50):
        try:
            lifecycle.check_port(port + 1)
        except lifecycle.StartError:
            continue
        return port
    raise click.ClickException("no two neighbouring ports are free")


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
