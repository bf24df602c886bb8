"""Numbers against words: `python evaluate.py data=folder data.root=my-songs` (see `--help`)."""

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, InstantiationException, MissingConfigException
from hydra.types import RunMode
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from console import errors
from console.errors import InputError, plain_words

CONFIGS = Path(__file__).resolve().parent / "configs" / "evaluate"
OWN = {"console": "checkpoint", "explainer": "pretrained"}  # the option that a path stands for
UNTUNED = "hf:"  # before a model that nobody trained, as on the command line of mixconsole
NOT_SETTINGS = ("out", "cache", "workers", "progress")  # which no result depends on
HOW_ASKED = ("timeout_s", "tries", "first_wait_s", "longest_wait_s", "most_at_once", "give_up_after")  # likewise
ASKED = ("judge", "explainer")  # who may be behind an endpoint
KINDS: dict[str, tuple[tuple[type, ...], tuple[str, ...]]] = {
    "a whole number": ((int,), ("seed", "words.sample", "words.tries", "judged", "workers")),
    "true or false": ((bool,), ("data.relevel", "data.short_songs", "progress")),
}
KINDS_OF_SOME: dict[str, tuple[tuple[type, ...], tuple[str, ...]]] = {
    "a whole number": (
        (int,),
        tuple(f"{of}.{n}" for of in ASKED for n in ("tries", "most_at_once", "give_up_after", "most_tokens")),
    ),
    "a number of seconds": (
        (int, float),
        tuple(f"{of}.{n}" for of in ASKED for n in ("timeout_s", "first_wait_s", "longest_wait_s")),
    ),
    "true or false": ((bool,), ("judge.json_mode", "judge.quantise", "explainer.guarded")),
}
MANY = {"-m", "--multirun"}
JOBLIB = "hydra_plugins.hydra_joblib_launcher"


@hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name="config")
def evaluate(config: DictConfig) -> None:
    """One run."""
    many = HydraConfig.get().mode == RunMode.MULTIRUN
    try:
        _check(config)
        from explainer.evaluation.run import run
        from explainer.evaluation.sweep import side_by_side

        place = run(planned(config), place_of(config, many), config.progress and not many)
        print(place / "summary.md")
        if many:
            print(side_by_side(place.parent))
    except Exception as error:
        sentence = plain_words(error)
        if sentence is None:
            raise
        print(f"evaluate.py: {sentence}", file=sys.stderr)
        if many:  # the others go on
            raise
        raise SystemExit(2) from error


def planned(config: DictConfig) -> Any:
    """The plan that a configuration describes, an `explainer.evaluation.plan.Plan`, with all that it names built."""
    from console.data.sources.listed import folder_to_test
    from explainer.evaluation.plan import Plan, Protocol, Wording

    settings = settings_of(config)
    rows = conditions_of(config)
    return Plan(
        instantiate(config.data.source),
        Protocol(config.protocol.name),
        instantiate(config.console.model),
        None if rows else instantiate(config.explainer.choice),
        instantiate(config.judge.judge),
        tuple(config.inputs),
        config.data.relevel,
        config.data.short_songs,
        Wording(**settings["words"] | {"inputs": tuple(config.words.inputs)}),
        config.judged,
        config.seed,
        config.cache,
        config.workers,
        instantiate(config.references),
        settings,
        rows,
        {name: folder_to_test(str(folder)) for name, folder in (config.conditions.songs or {}).items()} if rows else {},
    )


def conditions_of(config: DictConfig) -> dict[str, Any]:
    """The rows of the table of conditions that is asked for, if any.

    Raises: InputError for a row that is not there, or that says what none can.
    """
    from console.evaluation.conditions import Condition

    rows: Any = OmegaConf.to_container(config.conditions.rows, resolve=True)
    only = list(config.conditions.only or rows)
    for name in only:
        if name not in rows:
            raise InputError(f'"{name}" is none of the conditions {", ".join(rows)}.')
    return {name: Condition.of(name, rows[name] or {}) for name in only}


def _check(config: DictConfig) -> None:
    """Raises: InputError for a setting that is missing, or of the wrong kind."""
    _check_complete(OmegaConf.to_container(config))
    for needed, all_kinds in ((True, KINDS), (False, KINDS_OF_SOME)):  # not every judge or explainer has each setting
        for called, (kinds, names) in all_kinds.items():
            for name in names:
                value = OmegaConf.select(config, name)
                if type(value) not in kinds and (needed or value is not None):
                    raise InputError(f"{name} is {called}, not {value}.")


def _check_complete(settings: Any, name: str = "") -> None:
    """Raises: InputError for a setting that has to be given, and is not."""
    for key, value in settings.items() if isinstance(settings, dict) else ():
        if value == "???" and name + key != "out":
            raise InputError(f"{name}{key} is not given: add {name}{key}=...")
        _check_complete(value, f"{name}{key}.")


def settings_of(config: DictConfig) -> dict[str, Any]:
    """What the results depend on, as plain data."""
    settings: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=False)
    judge, explainer = settings["judge"], settings["explainer"]
    for asked in (judge, judge["judge"] or {}, explainer, explainer["choice"] or {}):
        for key in HOW_ASKED:
            asked.pop(key, None)
    return {key: value for key, value in settings.items() if key not in NOT_SETTINGS}


def place_of(config: DictConfig, many: bool) -> Path:
    """The run's folder: what is asked for, or in it (by default in runs/evaluate) one that is named by the settings.

    So the same command, alone or as one of many, finds what it has done before.
    """
    asked = None if OmegaConf.is_missing(config, "out") else Path(config.out)
    if asked is not None and not many:
        return asked
    settings = settings_of(config)
    names = [config.data.name, config.protocol.name, config.console.name, config.explainer.name]
    if config.conditions.rows:
        names = [config.data.name, f"conditions-{config.conditions.name}", config.console.name]
    names += [config.explainer.conditioning] if config.explainer.get("conditioning") else []
    digest = hashlib.blake2b(json.dumps(settings).encode(), digest_size=3).hexdigest()
    named = [name for name in names if name != "embedded"]
    return (asked or Path("runs/evaluate")) / "-".join([*named, digest])


def as_hydra_reads(args: Sequence[str]) -> list[str]:
    """A command line with paths for consoles and explainers put as Hydra wants them: console=checkpoint and its source.

    Raises: InputError for paths and names in one list of values where they cannot be told apart.
    """
    told: list[str] = []
    for arg in args:
        group, equals, value = arg.partition("=")
        known = {path.stem for path in (CONFIGS / group).glob("*.yaml")} if group in OWN and equals else set()
        values = value.split(",")
        if not known or known.issuperset(values):
            told.append(arg)
        elif group == "explainer" and all(each.startswith(UNTUNED) for each in values):
            bases = ["'" + each.removeprefix(UNTUNED).replace("'", r"\'") + "'" for each in values]
            told += ["explainer=hf", f"explainer.base={','.join(bases)}"]
        elif known.intersection(values) - {"embedded"}:
            raise InputError(f"{arg}: give paths in a run of their own, or beside embedded alone.")
        else:
            sources = ["null" if each == "embedded" else "'" + each.replace("'", r"\'") + "'" for each in values]
            told += [f"{group}={OWN[group]}", f"{group}.source={','.join(sources)}"]
    many = not MANY.isdisjoint(told)
    told.sort(key=lambda arg: arg not in MANY)  # Hydra wants it in front or at the end
    if many and find_spec(JOBLIB) and not any("hydra/launcher=" in arg or "cluster=" in arg for arg in told):
        told.append("hydra/launcher=joblib")
    return told


def main() -> None:
    """Run the command line; errors that are the user's are one sentence and exit status 2."""
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors reach us as they are
    try:
        sys.argv[1:] = as_hydra_reads(sys.argv[1:])
        evaluate()
    except KeyboardInterrupt:
        print("evaluate.py: stopped; the same command goes on from here.", file=sys.stderr)
        sys.exit(130)
    except (InputError, HydraException, OmegaConfBaseException) as error:
        sentence = plain_words(error)
        if sentence is None and isinstance(error, InstantiationException):  # a fault of ours
            raise
        if isinstance(error, MissingConfigException) and error.options:
            sentence = f'"{error.missing_cfg_file}" is none of {", ".join(error.options)}.'
        print(f"evaluate.py: {sentence or f'{str(error).splitlines()[0]} (See --help.)'}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:  # what the system refused, or took away
        said = errors.sentence(error)
        if said is None:
            raise
        print(f"evaluate.py: {said} The same command goes on from what is done.", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
