"""The pages of docs/: their commands and code run, or say why not; what they link and name is there."""

import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from documents import LINK, PAGES, ROOT, blocks, check_python, check_understood, commands, indented, named_files
from hydra.errors import HydraException

from console import InputError
from console.read.metadata import listed_roles
from explainer.advice import json as schema
from explainer.advice.advice import Advice

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
CONFIGS = ROOT / "configs"
COMMAND = re.compile(r"^\s*(?:\$ )?(?:mixconsole|python|make|pip) \S", re.MULTILINE)


@pytest.fixture
def as_a_script(monkeypatch):
    """As if a script at the repository's root ran."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr(sys, "argv", ["train.py"])
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")  # what Lightning calls is Lightning's affair


@pytest.fixture
def place(as_a_script, small_song, tmp_path, monkeypatch) -> Path:
    """A folder with a song, and with songs, to run a page in."""
    import torch

    from console import Song

    monkeypatch.chdir(tmp_path)
    small_song.save("my-song")
    longer = Song(torch.cat([small_song.audio] * 4, dim=-1), small_song.names, small_song.sample_rate)
    longer.save("my-songs/a song")
    return tmp_path


@every_page
def test_its_commands_and_code_run(page, place):
    for block in blocks(page.read_text("utf-8")):
        if block.unrun:
            continue
        if block.language == "bash":
            for command in commands(block.code):
                run(command)
        elif block.language == "python":
            exec(compile(block.code, page.name, "exec"), {})


def run(command: list[str]) -> None:
    """Runs what is cheap, and reads the rest as it would be read."""
    from explainer.lessons.jsonl import main as jsonl
    from studio.cli import main as mixconsole

    ours = {("mixconsole",): mixconsole, ("python", "-m", "explainer.lessons"): jsonl}
    for program, main in ours.items():
        if tuple(command[: len(program)]) == program:
            done = CliRunner().invoke(main, command[len(program) :])
            assert done.exit_code == 0, f"{command}: {done.output}"
            return
    assert command[0] == "python", f"{command}: say why it is not run"
    check_python(command[1:])


@every_page
def test_every_block_is_run_or_says_why_not(page, as_a_script):
    text = page.read_text("utf-8")
    assert indented(text) == [], "give code a fence, so that it is seen"
    for block in blocks(text):
        assert block.language in {"bash", "python", "json", "yaml", "text"}
        if block.language == "text":
            assert not COMMAND.search(block.code), "a command is hidden in text"
        if block.unrun:
            assert len(block.unrun.split()) > 2
            for command in commands(block.code):
                check_understood(command)
    marks = text.count("<!-- not run:")
    assert marks == sum(bool(block.unrun) for block in blocks(text)), "a mark stands before no block"


@every_page
def test_what_it_links_and_names_is_there(page):
    text = page.read_text("utf-8")
    for link in LINK.findall(text):
        if not link.startswith("https://"):
            target, _, heading = link.partition("#")
            there = page.parent / target if target else page
            assert there.exists(), link
            assert not heading or heading in headings(there), link
    assert [name for name in named_files(text) if not list(ROOT.glob(name))] == []


def headings(page: Path) -> set[str]:
    """As links name them."""
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in found}


def test_the_index_names_every_page():
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert {f"{page.name}" for page in PAGES} - {"README.md"} == set(LINK.findall(index))


def test_a_page_that_hides_a_command_is_found():
    text = "x\n```bash\nmixconsole demo\n```\n<!-- not run: it needs songs -->\n```bash\ncp a b\n```\n\n    make x\n"
    assert [(block.language, block.unrun) for block in blocks(text)] == [("bash", ""), ("bash", "it needs songs")]
    assert [block.code for block in indented(text)] == ["make x\n"]
    with pytest.raises(AssertionError, match="say why"):
        run(["cp", "a", "b"])
    for wrong in (["make", "nothing"], ["python", "benchmarks/words.py", "--nothing"], ["nothing"]):
        with pytest.raises(AssertionError):
            check_understood(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        ["train.py", "fit", "-c", "configs/console/smoke.yaml", "--model.init_args.nothing", "1"],
        ["train.py", "fit", "-c", "configs/console/smoke.yaml", "--trainer.max_epochs", "some"],
        ["evaluate.py", "data=nothing"],
        ["evaluate.py", "data=folder"],
        ["evaluate.py", "protocol=single,many"],
    ],
    ids=" ".join,
)
def test_a_command_that_is_wrong_is_found(wrong, as_a_script, capsys):
    with pytest.raises((AssertionError, InputError, HydraException)):
        check_python(wrong)


def test_the_example_of_advice_is_one_and_its_page_names_every_field():
    text = (ROOT / "docs" / "advice.md").read_text("utf-8")
    (example,) = [block.code for block in blocks(text) if block.language == "json"]
    assert Advice.from_json(example).to_json() == example
    kinds = ("AdviceData", "StemData", "ReasonData", "ModelData", "MixData", "FileData", "ReferenceData", "FadersData")
    fields = {field for kind in kinds for field in getattr(schema, kind).__annotations__}
    assert {field for field in fields if f"`{field}`" not in text} == set()
    later = {key for key in json.loads(example) if key not in schema.AdviceData.__required_keys__}
    rows = set(re.findall(r"^\| `(\w+)` \|.*\(later\)", text, re.MULTILINE))
    assert later <= rows


def test_the_roles_of_the_songs_page_are_read(tmp_path):
    text = (ROOT / "docs" / "songs.md").read_text("utf-8")
    (roles,) = [block.code for block in blocks(text) if block.language == "yaml"]
    (tmp_path / "roles.yaml").write_text(roles, "utf-8")
    assert len(listed_roles(tmp_path / "roles.yaml")) == 3


def test_every_configuration_is_described():
    text = (ROOT / "docs" / "configurations.md").read_text("utf-8")
    described = set(re.findall(r"`configs/([\w-]+\.yaml)`", text))
    for section in text.split("\n## ")[1:]:
        (base,) = re.findall(r"`configs/(\w+/)`", section.splitlines()[0])
        for line in section.splitlines()[1:]:
            group = found[1] if (found := re.match(r"\| `([\w/]+/)` \|", line)) else ""
            for name in re.findall(r"`([\w/.-]+\.yaml)`", line):
                described |= set() if name.startswith("configs/") else {base + (name if "/" in name else group + name)}
    assert described == {path.relative_to(CONFIGS).as_posix() for path in CONFIGS.rglob("*.yaml")}


def test_the_files_of_the_house_are_there():
    rows = re.findall(r"^\| (`.+)", (ROOT / "docs" / "house.md").read_text("utf-8"), re.MULTILINE)
    missing = []
    for row in rows:
        first, *others = re.findall(r"`([\w/]+(?:\.\w+|/))`", row)
        folders = [ROOT, (ROOT / first).parent, ROOT / first]
        missing += [name for name in (first, *others) if not any((folder / name).exists() for folder in folders)]
    assert len(rows) > 20
    assert missing == []
