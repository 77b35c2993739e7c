"""Secrets by name: from AWS Secrets Manager in the cloud, from the settings on a laptop."""

import json
from functools import cached_property
from typing import Any

from chalicelib.platform.retries import POLICY
from chalicelib.platform.settings import Settings


class Secrets:
    """The database's URL and the key that signs tokens; fetched once per process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def database_url(self) -> str:
        """Return the PostgreSQL URL with its password."""
        return self._settings.database_url or str(self._stored["database_url"])

    @cached_property
    def signing_key(self) -> bytes:
        """Return the key under which cursors and impression tokens are signed."""
        return (self._settings.signing_secret or str(self._stored["signing_secret"])).encode()

    @cached_property
    def _stored(self) -> dict[str, Any]:
        import boto3  # noqa: PLC0415

        client = boto3.client("secretsmanager", config=POLICY.client_config(read_timeout=10))
        value = client.get_secret_value(SecretId=self._settings.secrets_name)["SecretString"]
        stored: dict[str, Any] = json.loads(value)
        return stored
