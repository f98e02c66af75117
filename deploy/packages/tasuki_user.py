"""The packaged program tasuki-user."""

import sys

from common.agent import packaged


def release() -> None:
    """Be the releaser, which X11 alone has."""
    from user_agent.input.releaser.main import main

    main()


packaged.begin(sys.argv, others={"--releaser": release})
sys.argv[0] = sys.executable  # as typed it may be found on the search path only

from user_agent.cli import main  # noqa: E402 -- keeper and releaser need none of it

main()
