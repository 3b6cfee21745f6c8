"""TLS: what our servers show, and what our clients of the edge trust and show."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, model_validator

from mammoganesis.errors import InvalidArgument
from services.process.fields import check_pair, integer, setting, text, variable

SYSTEM = Path("system")
"""Instead of a file: the authorities that the machine trusts."""
ANYBODY = "yes-anybody-may-use-this"


class ProtectionSettings(BaseModel):
    """TLS: what our servers show, and what our clients of the edge trust and show."""

    tls_folder: Path | None = setting(
        "Folder that `mammoganesis certificates` has made: TLS for edge and studio, with what stands there.",
        None,
        "a folder",
        short="tls",
    )
    tls_certificate_file: Path | None = setting(
        "PEM chain of certificates, its own first, that a server (edge, studio) shows; read again when it changes. "
        "None: no TLS.",
        None,
        "a file",
    )
    tls_key_file: Path | None = setting("Private key of that certificate, PEM without a password.", None, "a file")
    tls_client_ca_file: Path | None = setting(
        "PEM certificates of the authorities whose client certificates the edge takes. None: it asks for none.",
        None,
        "a file",
    )
    edge_certificate_port: int = integer(
        "gRPC port of the edge where each client has to show a certificate; at `edge_port` none is asked for then.",
        0,
        0,
        65535,
        "(0: at `edge_port` itself, where there is a `tls_client_ca_file`)",
    )
    tls_ca_file: Path | None = setting(
        "PEM certificates of the authorities that our clients of the edge trust, and by which they use TLS at all. "
        'None: no TLS; "system": those of the machine.',
        None,
        'a file, or "system"',
    )
    tls_server_name: str = text(
        "Name that the edge's certificate has to have for our clients. None: the one they dial.",
        "",
        r"[A-Za-z0-9._:-]{0,253}",
        "a host name or an IP address",
    )
    tls_client_certificate_file: Path | None = setting(
        "PEM chain of certificates that our clients show the edge, where it asks for one. None: they have none.",
        None,
        "a file",
    )
    tls_client_key_file: Path | None = setting(
        "Private key of that certificate, PEM without a password.", None, "a file"
    )

    public_without_protection: str = text(
        "Lets edge and studio listen beyond this machine without TLS or without identity, for a network that is "
        "protected otherwise.",
        "",
        f"({ANYBODY})?",
        ANYBODY,
        option=False,
    )

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        check_pair(self, "tls_certificate_file", "tls_key_file")
        check_pair(self, "tls_client_certificate_file", "tls_client_key_file")
        if self.edge_certificate_port and self.tls_client_ca_file is None and self.tls_folder is None:
            allowed = f"0, or together with {variable('tls_client_ca_file')}"
            raise InvalidArgument(variable("edge_certificate_port"), self.edge_certificate_port, allowed)
        return self

    def tls_settled(self) -> dict[str, Path | None]:
        """What `tls_folder` stands for: the settings whose files are in it, where they are not given themselves."""
        folder = self.tls_folder
        if folder is None:
            return {}
        files = {
            "tls_certificate_file": folder / "server.pem",
            "tls_key_file": folder / "server.key",
            "tls_ca_file": folder / "ca.pem",
            "tls_client_certificate_file": folder / "server.pem",
            "tls_client_key_file": folder / "server.key",
        }
        missing = sorted({file.name for file in files.values() if not file.is_file()})
        if missing:
            allowed = (
                f"a folder that `mammoganesis certificates --out {folder}` has made; missing: {', '.join(missing)}"
            )
            raise InvalidArgument(variable("tls_folder"), folder, allowed)
        return {"tls_folder": None} | {name: getattr(self, name) or file for name, file in files.items()}
