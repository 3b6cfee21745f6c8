"""The studio: where it listens, and for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, field_validator
from pydantic_settings import NoDecode

from services.process.fields import (
    DICOM_SERVERS,
    ORIGINS,
    DicomServer,
    HostName,
    Network,
    Origin,
    host,
    integer,
    setting,
    split_at_commas,
    text,
)


class StudioSettings(BaseModel):
    """The studio: where it listens, and for whom."""

    studio_host: str = host("Interface of the studio.", "127.0.0.1")
    studio_port: int = integer("HTTP port of the studio.", 8080, 0, 65535, "(0: any free port)")
    studio_base_path: str = text(
        "Path under which a reverse proxy shows the studio, such as /mammoganesis.",
        "",
        r"(/[A-Za-z0-9._~-]+)*",
        'empty, or "/" and a name, once or more, without "/" at the end',
    )
    studio_allowed_hosts: Annotated[tuple[HostName, ...], NoDecode] = setting(
        "Hosts under which a browser may ask for the studio. None: on loopback those of loopback, elsewhere any.",
        (),
        "host names with commas between, without ports; *.name for all below one, * for any",
    )
    studio_allowed_origins: Annotated[tuple[Origin, ...], NoDecode] = setting(
        "Origins whose pages may make the studio's calls from a browser, besides its own. None: no others.",
        (),
        ORIGINS,
    )
    studio_frame_ancestors: Annotated[tuple[Origin, ...], NoDecode] = setting(
        "Origins whose pages may show the studio in a frame. None: nobody's.", (), ORIGINS
    )
    studio_trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = setting(
        "Reverse proxies in front of the studio: where one of them connects, X-Forwarded-For says from where a browser "
        "comes. None: that header is not looked at.",
        (),
        "IP addresses and networks such as 10.0.0.0/8, with commas between",
    )
    studio_dicom_servers: Annotated[tuple[DicomServer, ...], NoDecode] = setting(
        "Servers that the studio may send DICOM files to. None: none.", (), DICOM_SERVERS
    )
    curated_bundles: Path | None = setting(
        "Folder for new bundle versions from the studio's curation page. None: none are written.", None, "a folder"
    )

    @field_validator(
        "studio_allowed_hosts",
        "studio_allowed_origins",
        "studio_frame_ancestors",
        "studio_trusted_proxies",
        "studio_dicom_servers",
        mode="before",
    )
    @classmethod
    def _lists_of_the_studio(cls, value: Any) -> Any:
        return split_at_commas(value)
