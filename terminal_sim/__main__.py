"""`python -m terminal_sim`."""

from terminal_sim.cli import cli

cli(prog_name="terminal_sim")
