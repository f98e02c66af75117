"""The packaged program tasuki-helper."""

import sys

from common.agent import packaged


def try_engine() -> None:
    """Be the process that tries whether QtWebEngine starts here."""
    from helper_agent.ui.engine_trial import main

    main()


packaged.begin(sys.argv, others={"--try-engine": try_engine})
sys.argv[0] = sys.executable  # as typed it may be found on the search path only

from helper_agent.cli import main  # noqa: E402 -- keeper and trial need none of it

main()
