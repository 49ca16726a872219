"""The `headgate` command: finds the verb, runs it, turns what goes wrong into an exit code."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from headgate._version import __version__
from headgate.project.suggest import did_you_mean

USAGE, OUR_FAULT, INTERRUPTED = 2, 3, 130
COMPLETION = "_HEADGATE_COMPLETE"
READER_GONE = 141
"""As if SIGPIPE had ended us, which is what shells expect of `headgate ls | head -1`."""

# Verb: (module below `commands`, its one line). Written out here so that `--help` need not import them.
VERBS = {
    "init": ("init", "Make a project that builds at once."),
    "check": ("check", "Find everything that can be known to be wrong without a server."),
    "ls": ("ls", "List the nodes that a selection picks."),
    "explain": ("explain", "Explain a diagnostic's code, or why a node is what it is."),
    "compile": ("compile", "Write what the declarations become under target/<env>/."),
    "build": ("build", "Check, test, apply, feed and run a project, and report."),
    "plan": ("plan", "Show what apply would change."),
    "apply": ("apply", "Make the environment what the project declares."),
    "destroy": ("destroy", "Remove everything the project made in the environment."),
    "status": ("status", "Compare declared, applied and live; tell how it runs."),
    "state": ("state", "Look at what is known to be ours, or put it right by hand."),
    "debug": ("debug", "Show which systems answer, and what accounts need."),
    "history": ("history", "Show what was done to the environment, and by whom."),
    "show": ("show", "Show the records of a stream, as a role sees them."),
    "tail": ("tail", "Follow the records of a stream, as a role sees them."),
    "pause": ("pause", "Let what makes a stream stand still, and lose nothing."),
    "resume": ("resume", "Let what was paused go on where it stood."),
    "test": ("test", "Run unit tests, and assertions over what is there."),
    "lineage": ("lineage", "Show what a node or a column comes from and goes to."),
    "access": ("access", "Show who may read which column, in which form, and by which rule."),
    "import": ("import_", "Write declarations of what is live."),
    "query": ("query", "Ask SQL of the project's own graph."),
    "local": ("local", "Run Kafka, Flink, Connect and PostgreSQL here."),
    "schema": ("schema", "Print the JSON Schema of the declaration format."),
}
ALIASES = {"parse": "check", "list": "ls", "run": "apply"}
NOT_BUILT_YET = (
    "diff", "impact", "monitor", "docs",
    "ui", "play", "mcp", "lsp",
)  # fmt: skip


class Verbs(click.Group):
    """A group whose commands are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order in which people meet them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb or an alias."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name in VERBS:
            module = importlib.import_module(f"headgate.cli.commands.{VERBS[name][0]}")
            command = module.command
            assert isinstance(command, click.Command)
            return command
        if name in NOT_BUILT_YET:
            raise click.UsageError(f"`headgate {name}` is not built yet.", ctx)
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the verb's own name where an alias was used, and a suggestion where there is none."""
        word = args[0]
        if not word.startswith("-") and self.get_command(ctx, word) is None:
            meant = did_you_mean(word, [*VERBS, *ALIASES])
            raise click.UsageError(
                f"There is no verb `{word}`." + (f" {_sentence(meant)}" if meant else ""), ctx
            )
        _, command, rest = super().resolve_command(ctx, args)
        return (command.name if command else None), command, rest

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The verbs that begin so, none of them imported."""
        found = [CompletionItem(name, help=text) for name, (_, text) in VERBS.items()]
        return [item for item in found if str(item.value).startswith(incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with their one line each, none of them imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="headgate")
def headgate() -> None:
    """Declare streams in YAML and streaming SQL; check, compile, plan, apply and run them.

    Start with `headgate init shop --template payments`, then `cd shop && headgate build`.
    """


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def run(arguments: Sequence[str]) -> int:
    """Runs the command line; answers its exit code. No traceback reaches a user.

    0 clean, 1 findings, 2 could not run, 3 a fault of headgate's own, 4 changes pending (`plan --exit-code`),
    130 interrupted, 141 whoever read the output has gone.
    """
    _open_what_is_closed()
    try:
        if COMPLETION in os.environ:
            headgate.main(prog_name="headgate")
        with headgate.make_context("headgate", list(arguments)) as ctx:
            answer = headgate.invoke(ctx)
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except BrokenPipeError:
        _give_up_output()
        return READER_GONE
    except OSError as error:
        if error.errno not in _OF_THE_MACHINE:
            return _our_fault(error)
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"headgate cannot go on: {where}{os.strerror(error.errno)}.", err=True)
        _give_up_output()
        return USAGE
    except Exception as error:
        return _our_fault(error)
    return answer if isinstance(answer, int) else 0


def _open_what_is_closed() -> None:
    """Output that the shell closed (`>&-`) goes nowhere, where Python has no stream at all."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as the process


_OF_THE_MACHINE = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EMFILE,
    errno.ENFILE,
)
"""What a full disk, a folder that may not be written and a limit of the system say."""


def _give_up_output() -> None:
    """Nothing more is written to whoever has gone: the interpreter would try once more at its end, and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _our_fault(error: Exception) -> int:
    if os.environ.get("HEADGATE_DEBUG"):
        traceback.print_exception(error)
    where = traceback.extract_tb(error.__traceback__)[-1]
    module = where.filename.rpartition("headgate")[2].lstrip("/\\") or where.filename.rpartition("/")[2]
    click.echo(
        f"headgate failed: {type(error).__name__} at {module}:{where.lineno} (version {__version__}).\n"
        "This is a fault of headgate's own, not of your project; nothing was left half done.\n"
        "Please report it with this message; HEADGATE_DEBUG=1 shows the details.",
        err=True,
    )
    return OUR_FAULT
