"""What the README and the other pages tell people to type exists, and the README's Python runs."""

import asyncio
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import click
import grpc
import pytest

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.terminal.commands import CommandWithCommands
from mammoganesis.v1 import pca_editing_pb2_grpc, sampling_pb2_grpc
from services.cli import group as services_group
from services.process.config import Config
from services.rendering.calls import CallContext
from services.servicers.assembly import Servicers, build_servicers
from tests.places import DEMO_BUNDLE, ROOT
from training.cli import main as training_group

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += sorted((ROOT / "deploy").rglob("README.md"))
FOLDERS = ("bench", "deploy", "docs", "protos", "services", "tests", "training")  # `mammoganesis/...` are also images
GROUPS = {"mammoganesis": services_group, "mammoganesis-training": training_group}


def _shell_lines(page: Path) -> Iterator[list[str]]:
    """Words of each command in the ```sh blocks of a page."""
    for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if words := shlex.split(line, comments=True):
                yield words


COMMANDS = [(page, words) for page in PAGES for words in _shell_lines(page)]


def _of(program: str) -> list[list[str]]:
    return [words for _, words in COMMANDS if Path(words[0]).name == program]


@pytest.mark.parametrize("words", _of("mammoganesis") + _of("mammoganesis-training"), ids=" ".join)
def test_command_and_options_exist(words: list[str]) -> None:
    command: click.Command = GROUPS[Path(words[0]).name]
    arguments = words[1:]
    context = click.Context(command, info_name=words[0])
    while isinstance(command, click.Group):
        found = command.get_command(context, arguments[0])
        assert found is not None, f"no command {arguments[0]!r} in {command.name}"
        command, arguments = found, arguments[1:]
        context = click.Context(command, info_name=command.name, parent=context)
    if isinstance(command, CommandWithCommands) and (found := command.further(arguments[0])):
        command, arguments = found, arguments[1:]
        context = click.Context(command, info_name=command.name, parent=context)
    parameters = command.get_params(context)
    known = {option for parameter in parameters for option in [*parameter.opts, *parameter.secondary_opts]}
    options = [word.partition("=")[0] for word in arguments if word.startswith("--")]
    assert [option for option in options if option not in known] == []
    parser = command.make_parser(context)
    parser.parse_args(list(arguments))  # a missing value or a superfluous argument is an error
    missing = [parameter.name for parameter in parameters if parameter.required and not _given(parameter, arguments)]
    assert missing == []


@pytest.mark.parametrize("words", [words for words in _of("mammoganesis") if "--direction" in words], ids=" ".join)
def test_the_demo_model_has_the_directions_that_are_typed(words: list[str]) -> None:
    typed = {word.partition("=")[0] for option, word in pairwise(words) if option == "--direction"}
    assert typed <= set(load_bundle(DEMO_BUNDLE).limits().component_names)


def _given(parameter: click.Parameter, arguments: list[str]) -> bool:
    if isinstance(parameter, click.Argument):
        return any(not argument.startswith("-") for argument in arguments)
    return any(option in arguments for option in parameter.opts)


def test_the_readme_begins_with_the_two_commands() -> None:
    assert list(_shell_lines(ROOT / "README.md"))[:2] == [["make", "up"], ["make", "test"]]


def test_the_readme_names_all_commands_of_the_services() -> None:
    table = "\n".join(line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `"))
    names = services_group.list_commands(click.Context(services_group))
    assert [name for name in names if not re.search(rf"`(mammoganesis )?{name}\b", table)] == []


@pytest.mark.parametrize("words", _of("make"), ids=" ".join)
def test_make_target_exists(words: list[str]) -> None:
    plan = subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True)
    assert plan.returncode == 0, plan.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_and_folders_are_there(page: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w/.-]*)`", page.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)\)", page.read_text())
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_help_lists_every_make_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [target for line in phony for target in line.split() if f"make {target} " not in shown] == []


@asynccontextmanager
async def _served(servicers: Servicers) -> AsyncIterator[str]:
    """The two services of the README's example on a free port, over real gRPC."""

    class Sampling(sampling_pb2_grpc.SamplingServiceServicer):
        async def Sample(self, request, context):  # noqa: N802
            return await servicers.sampling.Sample(request, CallContext("readme", None))

    class PcaEditing(pca_editing_pb2_grpc.PcaEditingServiceServicer):
        async def EditComponents(self, request, context):  # noqa: N802
            return await servicers.pca_editing.EditComponents(request, CallContext("readme", None))

    server = grpc.aio.server()
    sampling_pb2_grpc.add_SamplingServiceServicer_to_server(Sampling(), server)
    pca_editing_pb2_grpc.add_PcaEditingServiceServicer_to_server(PcaEditing(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(None)


async def test_the_readmes_python_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    servicers = await build_servicers(Config(bundle=ROOT / "tests/data/tiny_bundle"))
    async with _served(servicers) as address:
        program = example.replace("127.0.0.1:50051", address)
        assert program != example
        run = await asyncio.create_subprocess_exec(sys.executable, "-c", program, cwd=tmp_path)
        assert await run.wait() == 0
    await servicers.close()
    assert (tmp_path / "edited.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
