"""The packaged program tasuki-helper."""

import sys

from common.agent import packaged

packaged.begin(sys.argv)
sys.argv[0] = sys.executable  # as typed it may be found on the search path only

from helper_agent.cli import main  # noqa: E402 -- the keeper needs none of it

main()
