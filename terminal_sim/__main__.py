"""`python -m terminal_sim`."""

import warnings

# EMV is two-key triple DES; the cryptography package says so at every use. Before the first import that uses it.
warnings.filterwarnings("ignore", message=".*TripleDES")

from terminal_sim.cli import cli  # noqa: E402

cli(prog_name="terminal_sim")
