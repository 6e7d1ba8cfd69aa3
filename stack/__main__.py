"""`python -m stack`: the commands of bin/comptoir."""

from stack.cli import comptoir

if __name__ == "__main__":
    comptoir(prog_name="comptoir")
