"""evaluate.py as people run it: from the command line, killed and continued, many at once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from console import InputError

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("data=synthetic", "data.songs=2", "data.seconds=20.0", "explainer=none", "progress=false")
JUDGED = ("judge=openai", "judge.base_url=http://127.0.0.1:9/v1", "judge.model=m")
ASKED = ("explainer=endpoint", "explainer.base_url=http://127.0.0.1:9/v1", "explainer.model=m")
PRETRAINED = ROOT / "console" / "pretrained"


def command(*args: str | Path) -> list[str]:
    return [sys.executable, str(ROOT / "evaluate.py"), *map(str, args)]


def evaluate(*args: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*args), capture_output=True, text=True, timeout=300, check=False, cwd=cwd)


@pytest.fixture
def evaluate_here(app, monkeypatch, capsys):
    """`evaluate` in this process, which has torch already."""

    def run(*args: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["evaluate.py", *map(str, args)])
        monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
        status = 0
        try:
            app.main()
        except SystemExit as left:
            status = left.code
        return subprocess.CompletedProcess(args, status, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def app(monkeypatch_module):
    """evaluate.py as a module."""
    monkeypatch_module.syspath_prepend(str(ROOT))
    import evaluate

    return evaluate


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_help_explains_itself_without_torch(tmp_path):
    report = "import atexit, sys; atexit.register(lambda: print('torch' in sys.modules, file=sys.stderr))"
    path = str(ROOT / "evaluate.py")
    script = f"{report}; sys.argv = [{path!r}, '--help']; import runpy; runpy.run_path({path!r}, run_name='__main__')"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    for word in ("data=musdb18hq", "--multirun", "explainer.conditioning", "protocol", "judge: hf", "sample: 200"):
        assert word in told.stdout
    assert told.stderr.strip() == "False"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow  # one that is stopped in this process is among the quick ones: test_run.py
def test_a_killed_run_goes_on_with_the_same_command_and_ends_like_any_other(evaluate_here, tmp_path):
    args = (*SMALL, f"cache={tmp_path / 'tables'}")
    killed = subprocess.Popen(command(*args), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: next(tmp_path.glob("runs/evaluate/*/.done/numbers.jsonl"), None), killed)
    finally:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
    (place,) = (tmp_path / "runs" / "evaluate").iterdir()
    assert not (place / "summary.md").exists()
    again = evaluate(*args, cwd=tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == f"{place.relative_to(tmp_path)}/summary.md\n"
    undisturbed = evaluate_here(*args, f"out={tmp_path / 'undisturbed'}", cwd=tmp_path)
    assert undisturbed.returncode == 0
    for name in ("numbers.csv", "summary.json", "summary.md", "settings.json"):
        assert (place / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "tables", "undisturbed"}  # and no litter


def wait_for(found, process) -> None:
    """Until the journal tells of a chunk."""
    end = time.monotonic() + 240
    while time.monotonic() < end:
        assert process.poll() is None, "it was faster than the test"
        journal = found()
        if journal is not None and journal.read_bytes().count(b"\n"):
            return
        time.sleep(0.005)
    pytest.fail("it never began")


def test_many_runs_lie_side_by_side(evaluate_here, tmp_path):
    options = ("--multirun", "hydra/launcher=basic", "console=baselines", "inputs=[stems]", f"out={tmp_path / 'all'}")
    done = evaluate_here(*SMALL, *options, "protocol=none,many", "data.songs=1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folders = sorted(path.name for path in (tmp_path / "all").iterdir() if path.is_dir())
    assert [name.rpartition("-")[0] for name in folders] == [f"synthetic-{p}-baselines-none" for p in ("many", "none")]
    table = (tmp_path / "all" / "summary.md").read_text()
    assert all(name in table for name in folders)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["data=folder"], "data.root is not given: add data.root=..."),
        (["protocol=some"], '"protocol/some" is none of ab, many, none, raw, single.'),
        (["bogus=1"], "Could not override 'bogus'. (See --help.)"),
        (["console=baselines,/my/ear"], "give paths in a run of their own"),
        (["data=folder", "data.root=/nowhere"], "/nowhere: no such folder of songs"),
        (["console=ear.ckpt"], '"ear.ckpt": there is no such checkpoint.'),
        (["explainer.conditioning=both"], '"both" in "runs/explainer-both": train one with'),
        (["data.relevel=perhaps"], "data.relevel is true or false, not perhaps."),
        (["words.sample=-1"], "words.sample is 0 or more, not -1."),
        (["inputs=[left]"], "inputs is [stems], [mix] or [stems,mix], not [left]."),
        (["seed=many"], "seed is a whole number, not many."),
        ([*JUDGED, "judge.timeout_s=soon"], "judge.timeout_s is a number of seconds, not soon."),
        ([*ASKED, "explainer.tries=1.5"], "explainer.tries is a whole number, not 1.5."),
        ([*ASKED, "explainer.base_url=host"], '"host" is no address of a language model'),
        ([*ASKED, "explainer.numbers=few"], 'explainer.numbers is slots or written, not "few".'),
        (["explainer=hf"], "explainer.base is not given: add explainer.base=..."),
        (["explainer=endpoint"], "explainer.base_url is not given: add explainer.base_url=..."),
        (["explainer=hf:nowhere"], '"nowhere" is no model: explainer.base is a folder'),
        (["explainer=hf:nowhere", "explainer.guarded=some"], "explainer.guarded is true or false, not some."),
        ([*JUDGED, "judge.tries=1.5"], "judge.tries is a whole number, not 1.5."),
        ([*JUDGED, "judge.tries=0"], "A judge's tries, most_at_once, give_up_after and most_tokens are at least 1"),
        ([*JUDGED, "judge.key_from=NO_SUCH_KEY"], "The environment variable NO_SUCH_KEY holds no key for the judge."),
        ([*JUDGED, "judge.key_from=null"], 'judge at "http://127.0.0.1:9/v1/chat/completions" cannot be reached'),
    ],
)
def test_what_cannot_be_is_one_sentence(app, monkeypatch, capsys, tmp_path, args, told):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["evaluate.py", *args])
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(SystemExit) as left:
        app.main()
    assert left.value.code == 2
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 1
    assert error[0].startswith("evaluate.py: ")
    assert told in error[0]
    assert list(tmp_path.iterdir()) == []


def test_a_path_stands_for_a_console_or_an_explainer_of_one_s_own(app):
    read = app.as_hydra_reads
    assert read(["console=embedded", "data=folder"]) == ["console=embedded", "data=folder"]
    assert read(["console=/my ear/epoch=2.ckpt"]) == ["console=checkpoint", "console.source='/my ear/epoch=2.ckpt'"]
    assert read(["explainer=me/voice"]) == ["explainer=pretrained", "explainer.source='me/voice'"]
    assert read(["explainer=hf:me/voice"]) == ["explainer=hf", "explainer.base='me/voice'"]
    assert read(["explainer=hf", "explainer.base=a"]) == ["explainer=hf", "explainer.base=a"]
    assert read(["console=embedded,a/b"]) == ["console=checkpoint", "console.source=null,'a/b'"]
    assert read(["console.source=x", "console"]) == ["console.source=x", "console"]
    with pytest.raises(InputError, match="baselines,a/b"):
        read(["console=baselines,a/b"])


def test_many_at_once_take_all_cores_where_that_can_be_had(app, monkeypatch):
    assert app.as_hydra_reads(["-m", "seed=0,1"])[2:] == ["hydra/launcher=joblib"]
    assert app.as_hydra_reads(["seed=0,1", "-m", "protocol=raw"])[:3] == ["-m", "seed=0,1", "protocol=raw"]
    assert app.as_hydra_reads(["-m", "hydra/launcher=slurm"]) == ["-m", "hydra/launcher=slurm"]
    assert app.as_hydra_reads(["--multirun", "+cluster=slurm"]) == ["--multirun", "+cluster=slurm"]
    monkeypatch.setattr(app, "find_spec", lambda name: None)
    assert app.as_hydra_reads(["-m", "seed=0,1"]) == ["-m", "seed=0,1"]


def test_a_run_s_folder_is_named_by_its_settings_alone(app):
    from hydra import compose, initialize_config_dir

    def place(*overrides: str, many: bool = False) -> Path:
        with initialize_config_dir(str(ROOT / "configs" / "evaluate"), version_base="1.3"):
            return app.place_of(compose("config", list(overrides)), many)

    assert place() == place("progress=false", "workers=2", "cache=/elsewhere") == place(many=True)
    assert place().parent == Path("runs/evaluate")
    assert place().name.startswith("synthetic-single-")
    assert place("seed=1") != place() != place("words.style=short")
    assert place(*JUDGED) == place(*JUDGED, "judge.timeout_s=600", "judge.tries=9", "judge.most_at_once=1")
    assert place(*JUDGED) != place(*JUDGED, "judge.most_tokens=9") != place(*JUDGED, "judge.options={temperature: 1}")
    assert place(*ASKED) == place(*ASKED, "explainer.timeout_s=600", "explainer.most_at_once=1")
    assert place(*ASKED) != place(*ASKED, "explainer.numbers=written")
    assert place("out=/my/run", "seed=1") == Path("/my/run")
    assert place("out=/my/runs", many=True) == Path("/my/runs") / place().name
    assert place("explainer.conditioning=both").name.startswith("synthetic-single-both-")


def test_a_console_is_found_by_folder_run_or_checkpoint(tmp_path):
    import yaml
    from consoles import random_console

    from explainer.evaluation.chosen import chosen_console

    assert chosen_console(str(PRETRAINED)).checksum == chosen_console().checksum
    random_console().save_pretrained(tmp_path / "run" / "pretrained", "mine", "1")
    assert chosen_console(str(tmp_path / "run")).name == "mine"
    checkpoint(tmp_path / "run" / "checkpoints" / "last.ckpt")
    with pytest.raises(InputError, match=r"lies outside its run"):
        chosen_console(str(tmp_path / "run" / "checkpoints" / "last.ckpt"))
    model = {"init_args": {"console": {"init_args": random_console().config}}}
    (tmp_path / "run" / "config.yaml").write_text(yaml.safe_dump({"model": model}))
    found = chosen_console(str(tmp_path / "run" / "checkpoints" / "last.ckpt"))
    for name, value in random_console().state_dict().items():
        assert found.state_dict()[name].equal(value)
    assert found.checksum not in ("", chosen_console().checksum)
    (tmp_path / "run" / "checkpoints" / "other.ckpt").write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match="no checkpoint of a console"):
        chosen_console(str(tmp_path / "run" / "checkpoints" / "other.ckpt"))


def checkpoint(path: Path) -> None:
    """As Lightning writes one of a console's training."""
    import torch
    from consoles import random_console

    from console.system import ConsoleSystem

    path.parent.mkdir(parents=True)
    weights = ConsoleSystem(random_console()).state_dict()
    torch.save({"state_dict": weights, "pytorch-lightning_version": "2.6.0"}, path)


def test_an_explainer_is_found_by_folder_run_or_conditioning(tmp_path, monkeypatch):
    from explainer.evaluation.chosen import ChosenExplainer

    def trained(folder: Path, conditioning: str) -> str:
        folder.mkdir(parents=True)
        (folder / "explainer.json").write_text(f'{{"conditioning": "{conditioning}"}}')
        return str(folder)

    first = trained(tmp_path / "both" / "version_2" / "pretrained", "both")
    last = trained(tmp_path / "both" / "version_10" / "pretrained", "both")
    own = trained(tmp_path / "own", "none")
    assert ChosenExplainer().folder is None
    assert ChosenExplainer(own).folder == own
    assert ChosenExplainer(str(tmp_path / "both")).folder == last
    assert ChosenExplainer(str(tmp_path / "both" / "version_2")).folder == first
    assert ChosenExplainer(None, "both", str(tmp_path / "both")).folder == last
    assert ChosenExplainer(own, "none", str(tmp_path / "nowhere")).folder == own
    assert ChosenExplainer(own, "none").identity() != ChosenExplainer(last).identity()
    for wrong in (ChosenExplainer(own, "both", str(tmp_path / "nowhere")), ChosenExplainer(own, "both", own)):
        with pytest.raises(InputError, match='trained with the conditioning "both"'):
            _ = wrong.folder
    with pytest.raises(InputError, match='"loud" is no conditioning'):
        _ = ChosenExplainer(own, "loud").folder
    with pytest.raises(InputError, match="is not an explainer"):
        _ = ChosenExplainer(str(tmp_path)).folder
    with pytest.raises(InputError, match="checkpoint of a training"):
        _ = ChosenExplainer("last.ckpt").folder
