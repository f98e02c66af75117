"""Steps of a diagnosis, for windows that show them."""

from common.agent.diagnosis import DiagnosisStep, StepState

FAILED = [
    DiagnosisStep(
        key="certificate",
        state=StepState.GOOD,
        title="Enrolment and certificate",
        detail="Taro Yamada, Example Support",
    ),
    DiagnosisStep(
        key="proxy", state=StepState.GOOD, title="Proxy", detail="http://proxy.example.org:3128 (agent.toml)"
    ),
    DiagnosisStep(
        key="tcp",
        state=StepState.BAD,
        title="Connection (TCP)",
        detail="The proxy http://proxy.example.org:3128 cannot be reached (Connection refused). Check the proxy setting "
        "of this computer.",
    ),
    DiagnosisStep(key="tls", state=StepState.SKIPPED, title="Secure connection (TLS)"),
]
GOOD = [step for step in FAILED if step.state is StepState.GOOD]
RUNNING = [
    GOOD[0],
    DiagnosisStep(key="proxy", state=StepState.RUNNING, title="Proxy"),
    DiagnosisStep(key="tcp", state=StepState.WAITING, title="Connection (TCP)"),
]
