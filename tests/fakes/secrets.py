"""Secrets Manager in memory."""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.service import FakeService, client_error


@dataclass(kw_only=True)
class FakeSecrets(FakeService):
    """Text secrets by ARN."""

    secrets: dict[str, str] = field(default_factory=dict)

    def get_secret_value(self, **request: Any) -> dict[str, str]:
        with self.called("get_secret_value", request):
            assert request.keys() == {"SecretId"}
            if request["SecretId"] not in self.secrets:
                raise client_error("ResourceNotFoundException", "GetSecretValue")
            return {"SecretString": self.secrets[request["SecretId"]]}
