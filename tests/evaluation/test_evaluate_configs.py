"""Every configuration of evaluate.py that ships: composed in every combination, and what it names is built."""

import inspect
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

from console import Console, InputError
from console.data.sources.source import Source
from console.data.sources.synthetic import SyntheticSource
from console.evaluation.conditions import Condition, Protocol, Told
from console.read.roles import Role
from explainer.evaluation.chosen import Chosen, ChosenExplainer
from explainer.evaluation.judge import Judge

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs" / "evaluate"
GROUPS = {
    group: sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))
    for group in ("data", "console", "explainer", "protocol", "judge", "conditions")
}
GIVEN = {  # what an option asks for
    "data=musdb18hq": ["data.root=songs"],
    "data=musdb18": ["data.root=songs"],
    "data=folder": ["data.root=songs"],
    "console=checkpoint": ["console.source=ear"],
    "explainer=pretrained": ["explainer.source=voice"],
    "explainer=hf": ["explainer.base=base"],
    "explainer=endpoint": ["explainer.base_url=http://127.0.0.1:1/v1", "explainer.model=any"],
    "judge=hf": ["judge.model=base"],
    "judge=openai": ["judge.base_url=http://127.0.0.1:1/v1", "judge.model=any", "judge.key_from=null"],
}
ONE_BY_ONE = [f"{group}={option}" for group, options in GROUPS.items() for option in options]


@pytest.fixture
def app(monkeypatch):
    """evaluate.py as a module."""
    monkeypatch.syspath_prepend(str(ROOT))
    import evaluate

    return evaluate


@cache
def composed(*overrides: str, hydra: bool = False) -> DictConfig:
    given = [each for override in overrides for each in GIVEN.get(override, [])]
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return compose("config", [*overrides, *given], return_hydra_config=hydra)


def targets(node: object) -> Iterator[dict]:
    """Every part that names what is built of it."""
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from targets(value)
    if isinstance(node, dict) and "_target_" in node:
        yield node


def test_the_groups_are_those_that_the_help_tells_of():
    assert set(GROUPS["data"]) == {"musdb18hq", "musdb18", "folder", "synthetic", "falcon"}
    assert set(GROUPS["explainer"]) == {"none", "embedded", "pretrained", "hf", "endpoint"}
    assert set(GROUPS["judge"]) == {"none", "rules", "hf", "openai"}
    assert set(GROUPS["protocol"]) == set(Protocol)


@pytest.mark.parametrize("override", ONE_BY_ONE)
def test_what_an_option_names_takes_the_arguments_that_it_is_given(override):
    settings = OmegaConf.to_container(composed(override), resolve=True, throw_on_missing=False)
    for node in targets(settings):
        arguments = {key: value for key, value in node.items() if not key.startswith("_")}
        inspect.signature(get_object(node["_target_"])).bind(**arguments)
    assert settings["data"]["source"]["_target_"]
    assert settings["protocol"]["name"] in list(Protocol)


@pytest.mark.slow
def test_every_combination_composes():
    names = {}
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):  # once, as reading all of it takes long
        for chosen in product(*([f"{group}={option}" for option in options] for group, options in GROUPS.items())):
            config = compose("config", [*chosen, *(each for option in chosen for each in GIVEN.get(option, []))])
            settings = OmegaConf.to_container(config, resolve=True, throw_on_missing=False)
            names[chosen] = tuple(settings[group]["name"] for group in GROUPS)
    assert len(names) == len(set(names.values())) == 5 * 3 * 5 * 5 * 4 * 2


@pytest.mark.parametrize(
    ("override", "part", "kind"),
    [
        ("data=synthetic", "data.source", SyntheticSource),
        ("data=falcon", "data.source", Source),
        ("console=embedded", "console.model", Console),
        ("console=baselines", "console.model", type(None)),
        ("explainer=embedded", "explainer.choice", ChosenExplainer),
        ("explainer=pretrained", "explainer.choice", ChosenExplainer),
        ("explainer=hf", "explainer.choice", Chosen),
        ("explainer=endpoint", "explainer.choice", Chosen),
        ("explainer=none", "explainer.choice", type(None)),
        ("judge=none", "judge.judge", type(None)),
        ("judge=rules", "judge.judge", Judge),
        ("judge=openai", "judge.judge", Judge),
    ],
)
def test_what_needs_nothing_is_built(override, part, kind, falcon_path):
    assert isinstance(instantiate(OmegaConf.select(composed(override), part)), kind)


def test_the_conditions_that_are_shipped_can_be_asked(app):
    assert set(GROUPS["conditions"]) == {"none", "all"}
    assert app.conditions_of(composed()) == {}
    found = app.conditions_of(composed("conditions=all"))
    assert found["chunk"] == Condition()
    assert found["untouched"] == Condition(Protocol.NONE, anchor=False, whole=True)
    assert found["half-sharp"].spread_db < found["half"].spread_db < found["half-vague"].spread_db
    assert {of.usual for of in found.values()} == set(Told)
    assert len(set(found.values())) == len(found)  # no two rows are the same
    only = "conditions.only=[whole,native]"
    assert list(app.conditions_of(composed("conditions=all", only))) == ["whole", "native"]
    mine = composed("conditions=all", "conditions.only=[mine]", "+conditions.rows.mine={without:[vocals,drums]}")
    assert app.conditions_of(mine) == {"mine": Condition(without=(Role.VOCALS, Role.DRUMS))}
    for wrong, why in (("conditions.only=[loud]", '"loud" is none of'), ("+conditions.rows.x={y:1}", 'no "y"')):
        with pytest.raises(InputError, match=why):
            app.conditions_of(composed("conditions=all", wrong))


@pytest.mark.parametrize("override", ["hydra/launcher=slurm", "+cluster=slurm"])
def test_the_slurm_launcher_is_shipped(override):
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    launcher = composed(override, hydra=True).hydra.launcher
    assert launcher._target_.endswith("SlurmLauncher")
    assert launcher.max_num_timeout > 0  # a job that ran out of time goes on


def test_a_run_leaves_nothing_outside_its_folder():
    hydra = composed(hydra=True).hydra
    assert (hydra.run.dir, hydra.sweep.subdir, hydra.output_subdir) == (".", ".", None)
    assert hydra.sweep.dir == "runs/evaluate"
    assert composed("out=elsewhere", hydra=True).hydra.sweep.dir == "elsewhere"


def test_a_folder_is_tested_on_its_test_split_or_as_a_whole(tmp_path):
    from console.data.sources.listed import folder_to_test

    for song in ("b", "a", "c"):
        (tmp_path / "flat" / song).mkdir(parents=True)
        (tmp_path / "split" / "test" / song).mkdir(parents=True)
    (tmp_path / "split" / "train" / "d").mkdir(parents=True)
    for root in ("flat", "split"):
        assert [path.name for path in folder_to_test(str(tmp_path / root)).songs] == ["a", "b", "c"]
    assert [path.name for path in folder_to_test(str(tmp_path / "split"), "valid").songs] == ["d"]
    (tmp_path / "empty").mkdir()
    for root in ("empty", "none"):
        with pytest.raises(InputError, match=root):
            folder_to_test(str(tmp_path / root))
