"""What a relay's metrics say now."""

import asyncio
import re

from deploy.demo.programs import Program


async def metric(relay: Program, name: str) -> float:
    """The number of this name (without `tasuki_`) of a relay that serves."""
    text = await metrics_text(relay)
    found = re.search(rf"^tasuki_{name} (\S+)$", text, re.MULTILINE)
    if found is None:
        raise AssertionError(f"no metric {name}: {text}")
    return float(found.group(1))


async def metrics(relay: Program, name: str) -> dict[str, float]:
    """The numbers of this name, by the value of their label."""
    found = re.findall(rf'^tasuki_{name}\{{\w+="([^"]*)"\}} (\S+)$', await metrics_text(relay), re.MULTILINE)
    return {label: float(number) for label, number in found}


async def metrics_text(relay: Program) -> str:
    """All of them, as Prometheus is told."""
    serving = [event for event in relay.events if event["event"] == "serving"][-1]
    host, _, port = serving["metrics"].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: relay\r\n\r\n")
    answer = (await reader.read()).decode()
    writer.close()
    return answer.partition("\r\n\r\n")[2]
