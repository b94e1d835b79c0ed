"""The functions' logs, kept beside those of the other parts: CloudWatch Logs ends with the emulator."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient


def keep(logs: "CloudWatchLogsClient", log_groups: Mapping[str, str], folder: Path) -> None:
    """Write each log group into a file.

    Args:
        logs: the client.
        log_groups: their names, by the function's name.
        folder: takes the files.
    """
    folder.mkdir(exist_ok=True)
    for name, group in log_groups.items():
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        with (folder / f"{name}.log").open("w") as kept:
            kept.writelines(f"{event['message']}\n" for page in pages for event in page["events"])
