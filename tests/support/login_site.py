"""A studio in which people log in by a certified provider, before a real edge, which asks who calls, and records."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext

from services.access.fetching import new_client
from services.access.principals import Principal, Role
from services.access.provider import Client, Provider
from services.access.sealed import Seal
from services.access.sessions import Lifetimes, Session
from services.access.shared_secrets import SharedSecret
from services.process.ports import free_block
from services.studio.app import Place
from services.studio.calls import Terms
from services.studio.login import Door
from services.studio.sessions import COOKIE, TOKEN_COOKIE
from tests.support.browser import LOST, Opened, opened
from tests.support.identity_provider import CLIENT, CLIENT_SECRET, IdentityProvider, identity_provider
from tests.support.recorded import Recorded, recorded
from tests.support.serving import TINY
from tests.support.studio_server import running_studio

SECRET = "a-secret-of-the-tests-" + 20 * "1"
STUDIO_SECRET = "a-secret-of-the-tests-" + 20 * "2"


class Login(Opened):
    """A page of a studio that asks who somebody is."""

    def go(self, address: str = "") -> None:
        """To a page; whoever is not logged in is led to the login."""
        self.page.goto(self.url + address)

    def log_in(self, name: str) -> None:
        """From the page of the login to where it leads."""
        self.page.get_by_role("button", name="Log in").or_(self.page.get_by_role("link", name="Log in")).first.click()
        self.at_the_provider(name)

    def at_the_provider(self, name: str) -> None:
        """Where the provider does not know this browser yet."""
        self.page.get_by_label("Name").fill(name)
        self.button("Continue").click()

    def pages(self) -> list[str]:
        """Names in the bar."""
        return self.page.get_by_role("navigation").get_by_role("link").all_inner_texts()


@dataclass(frozen=True)
class LoginSite:
    """One that runs. `url` ends with "/"; its host is another site than the provider's."""

    browser: Browser
    url: str
    provider: IdentityProvider
    records: Recorded

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80

    @contextmanager
    def opened(self, address: str = "", **look: Any) -> Iterator[Login]:
        """A page of it in a fresh profile."""
        expected = look.pop("expected", LOST)  # 401 and 403 are such answers
        with opened(self.browser, Login, self.url, expected=expected, **look) as page:
            page.go(address)
            yield page


@contextmanager
def login_site(
    browser: Browser, folder: Path, bundle: Path = TINY, lifetimes: Lifetimes | None = None, **edge: Any
) -> Iterator[LoginSite]:
    """Records in `folder`; `edge`: settings of the edge, beside those that ask who calls."""
    port = free_block(1)
    url = f"http://localhost:{port}"
    with ExitStack() as stack:
        asks = {"identity": "on", "studio_secret": STUDIO_SECRET, **edge}
        provider = stack.enter_context(identity_provider(url))
        records = stack.enter_context(recorded(folder, bundle=bundle, edge=asks))
        client = Client(provider.issuer, CLIENT, lambda: CLIENT_SECRET)
        door = Door(Provider(client, new_client()), url, [SECRET], lifetimes or Lifetimes())
        place = Place(allowed_hosts=("localhost",))
        terms = Terms(secret=SharedSecret(STUDIO_SECRET))
        settings = {"place": place, "bundle": bundle, "curated_bundles": folder, "terms": terms, "door": door}
        settings |= {"dicom_servers": ("Archive=stow:http://127.0.0.1:1/dicom-web",)}
        stack.enter_context(running_studio(records.address, at=port, **settings))
        yield LoginSite(browser, f"{url}/", provider, records)


def logged_in(place: LoginSite, context: BrowserContext, *roles: Role, name: str = "Robin") -> None:
    """The cookies of somebody with these roles, without the way to them."""
    principal = Principal(place.provider.issuer, "-".join(roles) or "none", frozenset(roles), name=name)
    session = Session.begin(principal, int(time.time()))
    kept = {COOKIE: Seal([SECRET], "session").sealed(session.to_json()), TOKEN_COOKIE: session.token}
    for key, value in kept.items():
        # By the address over https: a name with "__Host-" belongs to one host, and http on this machine counts as safe.
        context.add_cookies([{"name": key, "value": value, "url": place.url.replace("http:", "https:")}])
