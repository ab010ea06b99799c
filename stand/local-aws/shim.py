"""Starts ministack (the local AWS) with the gaps filled that Ringward's template and workflows need.

Each module in `gaps` fills one AWS behaviour that ministack 1.5.33 lacks, by replacing functions of its modules.
The version is pinned in requirements.txt; a different one is refused, since the replaced functions are its internals.
"""
import os
import sys
import threading
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

PINNED = "1.5.33"


def _end_with_keeper() -> None:
    """The keeper holds this process's stdin: when it is gone, however it went, there is nobody left to serve."""
    # Not through sys.stdin, whose lock would be waited for when the interpreter ends.
    while os.read(0, 4096):
        pass
    os._exit(0)


def main() -> None:
    found = version("ministack")
    if found != PINNED:
        raise SystemExit(f"ministack {found} is installed, but the shim fills the gaps of {PINNED}. Run: node stand/local-aws/install.mjs")
    from gaps import (alarms, distributed_map, event_targets, functions, jsonata_states, nested_executions, ssm_documents,
                      target_health, tasks, workflows)

    for gap in (jsonata_states, workflows, tasks, distributed_map, nested_executions, functions, alarms, event_targets,
                ssm_documents, target_health):
        gap.fill()
    from ministack.app import main as serve

    threading.Thread(target=_end_with_keeper, daemon=True).start()

    sys.argv = ["ministack"]
    serve()


if __name__ == "__main__":
    main()
