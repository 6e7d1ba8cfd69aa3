"""Other people's clients of the API, driven against a running stack.

Everything here runs inside a virtual environment that holds one release of PyPI's `stancer` and pytest, nothing of ours
(requirements/stancer-*.txt); ../test_stancer_clients.py starts it and reads its report. Only files named drive_* hold tests.
"""
