"""`python -m user_agent`: what `tasuki-user` does."""

from user_agent.cli import main

if __name__ == "__main__":
    main()
