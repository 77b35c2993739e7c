"""What the edge needs to know; written by `up`, read again whenever the file changes."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

PATHS_FILE = Path(__file__).parents[2] / "paths.json"


@dataclass(frozen=True)
class EdgeConfig:
    """Where the three origins are."""

    aws_endpoint_url: str
    api_id: str
    media_bucket: str
    web_bucket: str
    media_key: str = field(repr=False)  # in hexadecimal digits
    edge_key: str = field(repr=False)  # that only we can say who the viewer is, likewise
    cache_directory: str
    mirror_directory: str

    def write(self, path: Path) -> None:
        """Put the configuration in place at once, never half."""
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(path)


class ConfigFile:
    """The configuration as the file has it now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0
        self._config: EdgeConfig | None = None

    @property
    def current(self) -> EdgeConfig:
        """Return the configuration, read again if the file has changed."""
        changed_at = self._path.stat().st_mtime_ns
        if self._config is None or changed_at != self._read_at:
            self._config = EdgeConfig(**json.loads(self._path.read_text()))
            self._read_at = changed_at
        return self._config


def read_paths() -> list[tuple[str, str]]:
    """Return the path table, pattern and origin, that CloudFront's behaviours also follow."""
    return [(row["pattern"], row["origin"]) for row in json.loads(PATHS_FILE.read_text())]
