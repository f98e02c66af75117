"""`python -m helper_agent`: what `tasuki-helper` does."""

from helper_agent.cli import main

if __name__ == "__main__":
    main()
