"""Groups of commands: imported when they are called, found in any capitals, suggested where they are misspelt; and the
one place that makes a line of an error."""

from __future__ import annotations

import difflib
import errno
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click

from mammoganesis.collector import end_at_once
from mammoganesis.errors import DiskFull, MammoganesisError
from mammoganesis.stores import without_credentials
from mammoganesis.terminal.pipes import outlive_readers

# Name -> module, attribute, one line for the overview.
Lazy = Mapping[str, tuple[str, str, str]]

debug_option = click.option(
    "--debug", is_flag=True, expose_value=False, help="Show the traceback of an unexpected error."
)
"""For the group of a program; see `LazyGroup`."""


class LazyGroup(click.Group):
    """A click group with further commands by name, whose modules are imported when they are called, so that --help
    stays fast.

    An error of ours or of the operating system ends a command with one line and exit code 1; so does any other, unless
    --debug asks for its traceback. An integer that a command returns is its exit code.

    Args:
        lazy: the further commands, in the order of --help.
        extra: of the package, that brings what the commands import.
    """

    def __init__(self, *arguments: Any, lazy: Lazy | None = None, extra: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.lazy, self.extra = lazy or {}, extra
        self.context_settings = {
            "help_option_names": ["-h", "--help"],
            "token_normalize_func": str.lower,
            **self.context_settings,
        }

    def main(self, *arguments: Any, standalone_mode: bool = True, **options: Any) -> Any:
        """As click's, with our one form of errors, exit code 130 for Ctrl-C, and an output that may lose its reader."""
        if not standalone_mode:
            return super().main(*arguments, standalone_mode=False, **options)
        outlive_readers()
        end_at_once()
        try:
            result = super().main(*arguments, standalone_mode=False, **options)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:  # UsageError: 2, others: 1
            tell(error)
            sys.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            click.echo("stopped", err=True)
            sys.exit(130)
        except Exception as error:
            given = arguments[0] if arguments else options.get("args")
            if "--debug" in (sys.argv[1:] if given is None else given):
                raise
            if told := without_credentials(error):
                tell(click.ClickException(told))
                sys.exit(1)
            text = f"unexpected {type(error).__name__}: {one_line(error)} (`{self.name} --debug ...` shows where)"
            tell(click.ClickException(text))
            sys.exit(1)
        sys.exit(result if isinstance(result, int) else 0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, the lazy ones last."""
        return [*super().list_commands(ctx), *self.lazy]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, its module imported now; None for an unknown name."""
        if cmd_name in self.lazy:
            module, attribute, _ = self.lazy[cmd_name]
            return getattr(importlib.import_module(module), attribute)
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, and the lazy commands are suggested too."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            name = args[0]
            raise click.exceptions.NoSuchCommand(name, possibilities=self.list_commands(ctx), ctx=ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A line a command, without importing any."""
        own = {name: command.get_short_help_str(100) for name, command in self.commands.items()}
        with formatter.section("Commands"):
            formatter.write_dl(list((own | {name: line for name, (_, _, line) in self.lazy.items()}).items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except (MammoganesisError, OSError) as error:
            raise Failed(one_line(error)) from error
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if not self.extra or not package or importlib.util.find_spec(package) is not None:
                raise  # a module of a package that is there
            raise Failed(not_installed([package], self.extra)) from error


class CommandWithCommands(click.Command):
    """A command that works by itself, and has further ones by name: `bulk JOB.json` and `bulk submit JOB.json`.

    Args:
        lazy: the further commands, in the order of --help.
    """

    def __init__(self, *arguments: Any, lazy: Lazy, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.lazy = lazy

    def further(self, word: str) -> click.Command | None:
        """The further command of this name, its module imported now; None for another word."""
        if (name := word.lower()) not in self.lazy:
            return None
        module, attribute, _ = self.lazy[name]
        return getattr(importlib.import_module(module), attribute)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """As click's; of the further command, its module imported now, where the first word is the name of one."""
        if args and (command := self.further(args[0])):
            return command.make_context(f"{info_name} {args[0].lower()}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A line a further command, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in self.lazy.items()])
        super().format_epilog(ctx, formatter)


class Failed(click.ClickException):
    """A command has failed as the user can understand: one line, exit code 1."""


def tell(error: click.ClickException) -> None:
    """The error on stderr; before it, of wrong usage, what would be right."""
    if isinstance(error, click.UsageError) and error.ctx:
        click.echo(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help.\n", err=True)
    click.echo(f"error: {error.format_message()}", err=True)


def one_line(error: BaseException) -> str:
    """What the user is told of an error: its message, or the file and the reason; no traceback, no line breaks."""
    if isinstance(error, OSError) and not isinstance(error, MammoganesisError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return str(DiskFull(error.filename or "a file"))
        reason = os.strerror(error.errno).lower() if error.errno else str(error) or type(error).__name__
        return " ".join((f"{error.filename}: {reason}" if error.filename is not None else reason).split())
    return " ".join(str(error).split())


def not_installed(packages: Iterable[str], extra: str) -> str:
    """That packages are missing, and which extra of ours brings them."""
    return f"not installed: {', '.join(packages)}; install the package with its extra [{extra}]"


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """ "; did you mean 'density'?" where a name is like the word, else nothing."""
    known = {name.lower(): name for name in names}
    found = difflib.get_close_matches(word.lower(), known, n=1)
    return f"; did you mean {known[found[0]]!r}?" if found else ""
