"""A studio that is a tool of a learning platform, before a real edge with real records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from mammoganesis.v1 import lti_pb2 as pb
from mammoganesis.v1.lti_pb2_grpc import LtiServiceStub
from services.access.shared_secrets import SharedSecret
from services.process.config import Config
from services.process.ports import free_block
from services.studio.app import Place
from services.studio.lti.tool import LtiSettings
from tests.support.lti_platform import LearningPlatform
from tests.support.lti_tokens import Signer
from tests.support.recorded import Recorded, recorded
from tests.support.studio_server import running_studio

SECRET = "a-secret-of-edge-and-studio-0123456789"


@dataclass(frozen=True)
class Launched:
    """What runs."""

    platform: LearningPlatform
    records: Recorded
    operator: Any  # stub of LtiService
    base: str
    port: int

    def register(self) -> str:
        """The platform, by hand; its id."""
        self.platform.redirect_uris = [f"{self.base}/lti/launch"]
        request = pb.SavePlatformRequest(platform=self.platform.message)
        return self.operator.SavePlatform(request, metadata=self.records.word).platform.platform_id


@contextmanager
def running_tool(
    folder: Path,
    states: bool = False,
    edge: dict[str, Any] | None = None,
    secret_file: Path | None = None,
    **settings: Any,
) -> Iterator[Launched]:
    """All of it, with the platform registered; `states`: a learning record store is told; `edge`: its settings;
    `secret_file`: where the studio's secret stands, instead of SECRET."""
    port = free_block(1)
    base = f"http://127.0.0.1:{port}"
    key, store_key = folder / "lti.pem", folder / "xapi.txt"
    key.write_text(Signer("tool").pem)
    store_key.write_text("key:secret\n")
    with LearningPlatform(tool=base).running() as platform:
        endpoint = f"{platform.url}/xapi" if states else None
        secret: dict[str, Any] = {"studio_secret_file": secret_file} if secret_file else {"studio_secret": SECRET}
        told = {"studio_url": base, "lti_key_file": key, **secret}
        store = {"xapi_endpoint": endpoint, "xapi_key_file": store_key} if states else {}
        with recorded(folder, edge=edge, **told, **store) as records, grpc.insecure_channel(records.address) as channel:
            shared = SharedSecret.of(Config(**secret), "studio_secret")
            lti = LtiSettings(base, key, shared, endpoint, store_key if states else None)
            place = Place(frame_ancestors=(platform.url,), lti=lti)
            with running_studio(records.address, port, place=place, **settings):
                launched = Launched(platform, records, LtiServiceStub(channel), base, port)
                launched.register()
                yield launched
