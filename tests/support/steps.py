"""Steps of a diagnosis, for windows that show them."""

from common.agent.diagnosis import State, Step

FAILED = [
    Step(key="certificate", state=State.GOOD, title="Enrolment and certificate", detail="Taro Yamada, Example Support"),
    Step(key="proxy", state=State.GOOD, title="Proxy", detail="http://proxy.example.org:3128 (agent.toml)"),
    Step(
        key="tcp",
        state=State.BAD,
        title="Connection (TCP)",
        detail="The proxy http://proxy.example.org:3128 cannot be reached (Connection refused). Check the proxy setting "
        "of this computer.",
    ),
    Step(key="tls", state=State.SKIPPED, title="Secure connection (TLS)"),
]
GOOD = [step for step in FAILED if step.state is State.GOOD]
RUNNING = [
    GOOD[0],
    Step(key="proxy", state=State.RUNNING, title="Proxy"),
    Step(key="tcp", state=State.WAITING, title="Connection (TCP)"),
]
