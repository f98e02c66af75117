"""The packaged program tasuki-helper."""

import sys

from common.agent import packaged

packaged.begin(sys.argv)

from helper_agent.cli import main  # noqa: E402 -- the keeper needs none of it

main()
