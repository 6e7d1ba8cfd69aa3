"""Help for a merchant's own tests."""

from __future__ import annotations

from payments_core.api.schemas.test_helpers import Script
from payments_core.docs.operations.forms import Answer, Operation

SCRIPT: dict[str, Operation] = {
    "append_to_script": Operation(
        "Write the acquirer's next answers",
        (Answer("Script"),),
        body=Script,
        errors=("forbidden", "bad_script", "script_full"),
    ),
    "read_script": Operation("Read what is left of the script", (Answer("Script"),)),
    "forget_script": Operation("Empty the script", (Answer("Script"),)),
}
