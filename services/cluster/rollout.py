"""The applications of a running cluster, of one bundle at a time, and how another bundle takes its place.

    engine(A) <-- sampling, pca_editing, style_transfer         begin
    engine(A) <-- the same, engine-B starts                     update: nothing has changed where it does not start
    engine-B  <-- replicas of B, each before one of A goes
    engine(A) ends when the last call has ended that it draws for

Every bundle has an engine application of its own, and a servicer asks the one of its bundle: no image is ever drawn by
the networks of another bundle than its styles.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ray import serve

from mammoganesis.bundle.files import read_manifest
from mammoganesis.errors import BundleError
from services.cluster import applications
from services.observability.logs import event
from services.process.config import Config

logger = logging.getLogger(__name__)

_DIGITS = 8  # of a bundle's digest, in the name of its engine


class Rollout:
    """What is deployed.

    Args:
      config: its bundle may be a link, which is followed anew each time.
      replicas: of each application but the engine.
      engine_options: of the engine's actor, such as a GPU; None for the deployment's own.
      sockets: a folder that nobody else can enter, in which engines and replicas listen; its path is short.
    """

    def __init__(self, config: Config, replicas: int, engine_options: dict[str, Any] | None, sockets: Path) -> None:
        self._config, self._replicas, self._engine_options = config, replicas, engine_options
        self._sockets = sockets
        self._digest = self._engine = ""
        self._folder = config.bundle

    def begin(self) -> None:
        """The first applications; returns when all of them run.

        Raises:
          RuntimeError: one did not come up; Ray's log has the reason.
          BundleError: there is no bundle.
        """
        folder, digest = self._found()
        engine = applications.ENGINE_APPLICATION
        serve.run_many([self._target_of_engine(engine, folder), *self._public_targets(engine, folder)])
        self._digest, self._engine, self._folder = digest, engine, folder

    def update(self) -> str:
        """Takes the bundle that stands in the folder now; returns a line about it. No call fails of it but what is of
        the old bundle alone, such as its recipes; a stream that lasts longer than its replica may take to end is cut.

        Where the new one does not start, the old one is served on.
        """
        try:
            folder, digest = self._found()
        except BundleError as error:
            return f"the bundle is not taken: {error.message}"
        if digest == self._digest:
            return f"bundle {digest[:_DIGITS]} is served already"
        engine, old = f"{applications.ENGINE_APPLICATION}-{digest[:_DIGITS]}", self._engine
        try:
            serve.run_many([self._target_of_engine(engine, folder)])
            serve.run_many(self._public_targets(engine, folder))
        except RuntimeError as error:
            event(logger, logging.ERROR, "update", {"digest": digest, "reason": str(error)})
            serve.run_many(self._public_targets(old, self._folder))
            serve.delete(engine)
            return f"the bundle is not taken: {error}"
        self._digest, self._engine, self._folder = digest, engine, folder
        serve.delete(old)
        event(logger, logging.INFO, "update", {"digest": digest})
        return f"bundle {digest[:_DIGITS]} is served now"

    def _found(self) -> tuple[Path, str]:
        folder = self._config.bundle.resolve()
        return folder, read_manifest(folder)[1]

    def _target_of_engine(self, name: str, folder: Path) -> serve.RunTarget:
        engine = applications.EngineApplication
        if self._engine_options is not None:
            engine = engine.options(ray_actor_options=self._engine_options)
        return serve.RunTarget(engine.bind(str(folder), str(self._sockets)), name=name, route_prefix=None)

    def _public_targets(self, engine: str, folder: Path) -> list[serve.RunTarget]:
        sockets = str(self._sockets)
        arguments = {"replicas": str(self._replicas), "engine": engine, "bundle": str(folder), "sockets": sockets}
        # HAProxy knows only applications with an HTTP route; nothing answers on it.
        return [
            serve.RunTarget(builder(arguments), name=name, route_prefix=f"/{name}")
            for name, builder in applications.PUBLIC_APPLICATIONS.items()
        ]
