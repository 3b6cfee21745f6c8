"""python -m services.studio: the studio's process; settings from the environment (see `services.process.config`)."""

from mammoganesis.collector import loading

with loading():
    import os
    import sys

    from starlette.applications import Starlette

    from mammoganesis.errors import InvalidArgument, MammoganesisError
    from services.access.shared_secrets import SharedSecret
    from services.observability.logs import log_configuration
    from services.observability.start import observe
    from services.process.config import Config, variable
    from services.process.exposure import check_exposure
    from services.process.refusals import cannot_start
    from services.studio.app import Limits, Place, create_app
    from services.studio.calls import Terms
    from services.studio.entrance import door_of
    from services.studio.listening import serve
    from services.studio.lti.tool import LtiSettings
    from services.studio.surroundings import LOOPBACK_NAMES
    from services.wire.tls import Trust


def main() -> int:
    """Serves until SIGTERM or Ctrl-C."""
    try:
        config = Config.from_environment(os.environ)
        check_exposure(config, "studio")
    except MammoganesisError as error:
        return cannot_start("studio", error)
    try:
        observe("studio", config)
        log_configuration(config)
        return serve(_app(config), config)
    except MammoganesisError as error:
        return cannot_start("studio", error)


def _app(config: Config) -> Starlette:
    # On loopback nobody has another name for us, save a page that plays DNS tricks.
    names = LOOPBACK_NAMES if config.studio_host in LOOPBACK_NAMES else ("*",)
    return create_app(
        config.edge_address,
        terms=Terms(Trust.of(config), SharedSecret.of(config, "studio_secret")),
        place=Place(
            config.studio_base_path,
            config.studio_allowed_hosts or names,
            config.studio_allowed_origins,
            config.studio_frame_ancestors,
            config.studio_trusted_proxies,
            _lti(config),
        ),
        limits=Limits(config.max_message_bytes, config.max_request_bytes, config.max_held_request_bytes),
        bundle=config.bundle,
        curated_bundles=config.curated_bundles,
        dicom_servers=config.studio_dicom_servers,
        door=door_of(config),
    )


def _lti(config: Config) -> LtiSettings | None:
    """None: the studio is no tool of learning platforms."""
    if config.lti_key_file is None or config.studio_url is None:
        return None
    secret = SharedSecret.of(config, "studio_secret")
    if not secret.valid:
        raise InvalidArgument(variable("studio_secret"), None, f"a secret, together with {variable('lti_key_file')}")
    return LtiSettings(
        config.studio_url.rstrip("/"),
        config.lti_key_file,
        secret,
        config.xapi_endpoint,
        config.xapi_key_file,
    )


if __name__ == "__main__":
    sys.exit(main())
