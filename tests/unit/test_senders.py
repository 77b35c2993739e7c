"""Whoever changes state and must tell a queue does so through the outbox; the others are known."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Each message that doesn't go through the outbox, and why none of it can be lost or hurt.
DIRECT = {
    ("chalicelib/platform/outbox.py", "send"): "the relay itself",
    ("chalicelib/videos/submission.py", "send"): "a job's message again, before the first is gone",
    ("chalicelib/videos/transcoding.py", "put"): "reports; what a lost one leaves, the sweep finds",
    ("chalicelib/feed/preparing.py", "send"): "feeds that would be made when they are asked for",
    ("chalicelib/engagement/watching.py", "send"): "reports, acknowledged once the queue has them",
    ("functions/batches.py", "send_again"): "a message again, before the first is gone",
    ("functions/batches.py", "bury"): "a message's copy among the dead letters, before it is gone",
}
METHODS = {"queues": {"send", "send_again", "bury"}, "events": {"put"}}


def _calls(path: Path) -> set[str]:
    """Return the methods of queues and of the bus that a module uses."""
    used = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else ""
            owner = node.value.id if isinstance(node.value, ast.Name) else owner
            if node.attr in METHODS.get(owner, ()):
                used.add(node.attr)
    return used


def test_nothing_goes_past_the_outbox_without_a_reason() -> None:
    found = {
        (str(path.relative_to(ROOT)), method)
        for folder in ("chalicelib", "functions")
        for path in (ROOT / folder).rglob("*.py")
        for method in _calls(path)
    }
    assert found == set(DIRECT)
