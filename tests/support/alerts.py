"""Which alerts of deploy/prometheus fire, by Prometheus' own promtool: over what was scraped before, during and after a fault.

promtool is out of Debian's package, which is unpacked and never installed: it would start a daemon.
"""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

HOUSE = Path(__file__).resolve().parents[2]
RULES = HOUSE / "deploy" / "prometheus" / "tasuki.rules.yml"
PROMTOOL = HOUSE / ".cache" / "unpacked" / "prometheus" / "usr" / "bin" / "promtool"

Samples = Mapping[str, float]
"""A scrape: series as PromQL writes it, and its value."""

PHASES: Final = {"before": 20, "during": 20, "after": 50}
"""Minutes; looked at when each ends."""
RISEN: Final = 9
"""But after so many minutes at counters that have risen: rules see that for ten."""


def scraped(text: str, *, answered: bool = True) -> dict[str, float]:
    """What Prometheus makes of a relay's answer; where it did not answer, of that."""
    found = {
        series(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("tasuki_")
    }
    return {**found, series("up", {}): float(answered)}


def check(
    before: Samples,
    during: Samples,
    after: Samples,
    *,
    fire: frozenset[str],
    rises: bool = False,
    by: str = "alertname",
) -> None:
    """That nothing fires before and after, and during exactly these. Raises AssertionError with what promtool says.

    `rises`: what differs is a counter. `by`: the label that `fire` has values of.
    """
    begins = [0, PHASES["before"], PHASES["before"] + PHASES["during"]]
    looks = [
        (begins[1] - 1, frozenset[str]()),
        (begins[1] + RISEN if rises else begins[2] - 1, fire),
        (sum(PHASES.values()) - 1, frozenset[str]()),
    ]
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": series, "values": _values(series, (before, during, after))}
                    for series in sorted({*before, *during, *after})
                ],
                "promql_expr_test": [
                    {
                        "expr": f'count by ({by}) (ALERTS{{alertstate="firing"}} > 0)',
                        "eval_time": f"{minute}m",
                        "exp_samples": [{"labels": f'{{{by}="{name}"}}', "value": 1} for name in sorted(expected)],
                    }
                    for minute, expected in looks
                ],
            }
        ],
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "test.yml")
        file.write_text(json.dumps(test), encoding="utf-8")  # JSON is YAML
        done = subprocess.run([PROMTOOL, "test", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def series(name: str, labels: Mapping[str, str]) -> str:
    """As PromQL writes it."""
    whole = {**labels, "instance": "127.0.0.1:9464", "job": "tasuki"}
    return f"{name}{{{','.join(f'{label}={json.dumps(value)}' for label, value in sorted(whole.items()))}}}"


def _values(series: str, phases: tuple[Samples, ...]) -> str:
    """The series over all phases, a value a minute; nothing while it was not there."""
    parts = []
    for phase, minutes in zip(phases, PHASES.values(), strict=True):
        value = phase.get(series)
        parts.append(f"_x{minutes}" if value is None else f"{value:.10g}+0x{minutes - 1}")
    return " ".join(parts)
