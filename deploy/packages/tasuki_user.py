"""The packaged program tasuki-user."""

import sys

from common.agent import packaged

packaged.begin(sys.argv)

from user_agent.cli import main  # noqa: E402 -- the keeper needs none of it

main()
