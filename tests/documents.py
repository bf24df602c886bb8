"""What the README and the pages of docs/ hold: code, commands, links, names of files; and whether a command is one."""

import contextlib
import io
import re
import shlex
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
README = ROOT / "README.md"
MARK = re.compile(r"<!-- not run: (.+) -->\s*\Z")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
FOLDERS = "benchmarks|configs|console|docs|explainer|notebooks|studio|tests|tools"
NAMED = re.compile(rf"`((?:{FOLDERS})/[^\s`]*|(?:train|evaluate)\.py)`")
STARTS = re.compile(r"(?:\S*/)?(?:mixconsole|python|make|pip|apt-get) ")
OF_THE_SYSTEM = {"apt-get", "cd", "cp", "git", "pip", ".", "source"}  # not ours to try


class Block(NamedTuple):
    """A block of code.

    Args:
        language: as the fence names it.
        unrun: why it is not run; "" where it is.
    """

    language: str
    code: str
    unrun: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    found = []
    for fence in FENCE.finditer(text):
        mark = MARK.search(text[: fence.start()])
        found.append(Block(fence[1], fence[2], mark[1] if mark else ""))
    return found


def indented(text: str) -> list[Block]:
    """The blocks of a page that are indented by four spaces, outside of fences."""
    plain = FENCE.sub("", text)
    found = []
    for block in re.finditer(r"(?:^ {4}\S.*\n(?: {4}.*\n|\n(?= {4}))*)", plain, re.MULTILINE):
        mark = MARK.search(plain[: block.start()])
        found.append(Block("bash", re.sub("^ {4}", "", block[0], flags=re.MULTILINE), mark[1] if mark else ""))
    return found


def commands(code: str) -> list[list[str]]:
    """The commands of a block, in words, without comments."""
    lines = code.replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def commands_among(code: str) -> list[list[str]]:
    """The commands of a block that may show what they print, too."""
    lines = code.replace("\\\n", " ").splitlines()
    return commands("\n".join(line for line in lines if STARTS.match(line)))


def named_files(text: str) -> list[str]:
    """Files and folders of the repository that a page names in code."""
    return [name.split("#")[0] for name in NAMED.findall(text)]


def check_understood(command: list[str]) -> None:
    """Fails where a command is none, or has an option that it does not know; `mixconsole` is parsed, not run."""
    program, *args = command
    if program in OF_THE_SYSTEM:
        return
    if program == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(args) <= set(targets), command
    elif program.rpartition("/")[2] == "mixconsole":
        _parse_mixconsole(args)
    elif program == "python":
        check_python(args)
    elif program == "torchrun":
        check_python(args[args.index("train.py") :])
    else:
        raise AssertionError(f"what is {program}?")


def check_python(args: list[str]) -> None:
    """Fails where a command of Python is none: configurations are read, but nothing is trained or measured."""
    if args[0] == "train.py":
        _parse_train(args[1:])
    elif args[0] == "evaluate.py":
        _compose(args[1:])
    elif args[0] == "-m":
        place = ROOT / args[1].replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), args
    else:
        assert args[0].startswith("benchmarks/"), args
        assert (ROOT / args[0]).is_file(), args
        told = (ROOT / args[0]).read_text()
        assert {arg for arg in args[1:] if arg.startswith("--")} <= set(re.findall(r'"(--[\w-]+)"', told)), args


def _parse_mixconsole(args: list[str]) -> None:
    import click

    from studio.cli import main

    group: click.Command = main
    while isinstance(group, click.Group) and args:
        name, *args = args
        group = group.commands[name]
    if not {"--help", "-h"} & set(args):
        with group.make_context("mixconsole", args) as context:
            assert isinstance(context.params, dict)


def _parse_train(args: list[str]) -> None:
    """As Lightning reads it, defaults, types and class paths included; nothing is built."""
    from train import main

    out = io.StringIO()
    args = [str(ROOT / arg) if arg.startswith("configs/") else arg for arg in args]
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as end:
        main([*args, "--print_config"])
    assert not end.value.code, args
    assert "model:" in out.getvalue()


def _compose(args: list[str]) -> None:
    """Composes each of the configurations that a command of evaluate.py asks for."""
    if "--help" in args:
        done = subprocess.run([sys.executable, str(ROOT / "evaluate.py"), *args], capture_output=True, check=True)
        assert done.stdout
        return
    from hydra import compose, initialize_config_dir
    from hydra.core.override_parser.overrides_parser import OverridesParser

    import evaluate

    told = [arg for arg in evaluate.as_hydra_reads(args) if arg not in evaluate.MANY and "hydra/" not in arg]
    choices = []
    for override in OverridesParser.create().parse_overrides(told):
        key = override.key_or_group
        swept = override.is_sweep_override()
        assert not swept or not evaluate.MANY.isdisjoint(args), args
        values = override.sweep_string_iterator() if swept else ()
        choices.append([f"{key}={value}" for value in values] or [override.input_line])
    with initialize_config_dir(str(evaluate.CONFIGS), version_base="1.3"):
        for chosen in product(*choices):
            evaluate._check(compose("config", list(chosen)))
