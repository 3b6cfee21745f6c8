"""The command `mammoganesis`: thin, on top of the client.

Each command lives in a module that is imported when the command runs, so that `mammoganesis --help` and the commands
that only talk to a server start without the ONNX runtime, and nothing but `serve` and `bulk` imports Ray.

Exit codes: 0 done; 1 refused or failed (one line on stderr says why); 2 wrong usage; 130 stopped by Ctrl-C.
`verify`, `audit`, `bulk` and `status` add their own, see their help.
"""

import click

from mammoganesis.collector import look_seldom
from mammoganesis.terminal.commands import LazyGroup, debug_option

# Command -> its module, its attribute there, one line for the overview; in the order of `mammoganesis --help`.
COMMANDS = {
    "sample": ("services.cli.sampling", "sample", "New images, one a seed."),
    "edit": ("services.cli.editing", "edit", "Move an image along components of W or curated directions."),
    "sweep": ("services.cli.editing", "sweep", "A strip: one image at equal steps along a component or direction."),
    "transfer": ("services.cli.editing", "transfer", "Give regions of one image the style that they have in another."),
    "mix": ("services.cli.mixing", "mix", "Style mixing: some layers of B in A."),
    "interpolate": ("services.cli.mixing", "interpolate", "Images at equal steps from A to B."),
    "redraw": ("services.cli.mixing", "redraw", "The same image with other noise: its fine texture changes."),
    "handout": ("services.cli.handout", "handout", "Slides for teaching: images, what was done, recipes, credit."),
    "segment": ("services.cli.inspection", "segment", "Find the regions of an image."),
    "describe": ("services.cli.inspection", "describe", "Say in plain words how an image comes to be."),
    "figure": ("services.cli.figure", "figure", "Draw the figures of the paper, or a sheet of one direction."),
    "reproduce": ("services.cli.provenance", "reproduce", "Make an image again from the recipe inside it."),
    "verify": ("services.cli.provenance", "verify", "Tell whether an image is ours and unchanged."),
    "model": ("services.cli.bundles", "model", "Show what is served."),
    "directions": ("services.cli.listings", "directions", "List the curated directions with their useful ranges."),
    "regions": ("services.cli.listings", "regions", "List the regions that styles can be transferred in."),
    "bundle": ("services.cli.bundles", "bundle", "Check or show the folder that a model is served from."),
    "bulk": ("services.cli.bulk", "bulk", "Many images into a folder, in shards over several processes."),
    "send": ("services.cli.send", "send", "DICOM files to a server, by STOW-RS or C-STORE; asked for afterwards."),
    "case": ("services.cli.cases", "case", "List, show, export and import the teaching cases of a server."),
    "study": ("services.cli.studies", "study", "Reader studies: how many readers, and what they found."),
    "registry": ("services.cli.registry", "registry", "What a server has handed out: list, search, export, import."),
    "quota": ("services.cli.quota", "quota", "What is left to you of a server's quotas."),
    "audit": ("services.cli.audit", "audit", "Who did what on a server: list, export, verify, prune."),
    "lti": ("services.cli.lti", "lti", "Learning platforms that open cases, quizzes and studies."),
    "records": ("services.cli.records", "records", "Back up what a server remembers, and restore it."),
    "token": ("services.cli.tokens", "token", "Tokens by which programs say who they are: create, list, revoke."),
    "certificates": ("services.cli.certificates", "certificates", "An authority and certificates, for TLS."),
    "status": ("services.cli.status", "status", "Show how a server is, and the calls of its last minute."),
    "serve": ("services.cli.serve", "serve", "Start Redis, Ray Serve, the edge, records, bulk jobs and the studio."),
}


@click.group("mammoganesis", cls=LazyGroup, lazy=COMMANDS, context_settings={"max_content_width": 110})
@click.version_option(package_name="mammoganesis")
@debug_option
def group() -> None:
    """Synthetic mammograms, sampled and edited. Not for diagnosis.

    Commands that make images ask the server at --address, or with --local --bundle DIR work in this process.
    """


def main(arguments: list[str] | None = None) -> None:
    """Entry point: runs the command and turns every failure into one line on stderr and an exit code."""
    look_seldom()
    group.main(arguments, prog_name="mammoganesis")
