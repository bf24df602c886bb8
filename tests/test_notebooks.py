"""The notebooks: clean files whose code compiles, and which run from top to bottom anywhere."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ABSOLUTE = re.compile(r"""["'`\s=(](/(home|Users|root|tmp|work|mnt|data|usr|opt|var|content)\b|~/|[A-Za-z]:\\)""")
LONGEST_S = 900  # for one cell, on a machine that does other work too

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_are_four_in_their_order():
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04"]


@every_notebook
def test_a_notebook_is_valid_and_holds_no_results(path):
    text = path.read_text("utf-8")
    notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)  # ids that are missing or stand twice as well
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    results = [cell.id for cell in code_cells(notebook) if cell.outputs or cell.execution_count is not None]
    assert results == []
    assert text == nbformat.writes(notebook) + "\n", "written by another tool: differences would be hard to read"


@every_notebook
def test_cells_compile_and_name_no_private_place(path):
    notebook = nbformat.read(path, as_version=4)
    for cell in code_cells(notebook):
        compile(cell.source, f"{path.name}: {cell.id}", "exec")
    assert [cell.id for cell in notebook.cells if ABSOLUTE.search(f" {cell.source}")] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('Song.load("/home/me/song")', True),
        ("root=/data/songs", True),
        ('Path("~/songs")', True),
        (r'"C:\songs"', True),
        ('work / "songs"', False),
        ("train/A and 3/4 dB", False),
    ],
)
def test_private_places_are_told_from_others(source, found):
    assert bool(ABSOLUTE.search(source)) is found


@pytest.mark.slow
@every_notebook
def test_a_notebook_runs_from_top_to_bottom(path, tmp_path, monkeypatch):
    """In an empty folder, where nothing may be left when it is done."""
    scratch, here = tmp_path / "scratch", tmp_path / "here"
    scratch.mkdir()
    here.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setenv("PYTHONWARNINGS", "default")  # the kernel's own libraries warn
    monkeypatch.delenv("MPLBACKEND", raising=False)
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    before = tree(ROOT)
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=LONGEST_S, kernel_name="python3", resources={"metadata": {"path": str(here)}}
    )
    client.execute()  # raises where a cell does
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not any(output.output_type == "error" for cell in cells for output in cell.outputs)
    assert any("image/png" in output.get("data", {}) for cell in cells for output in cell.outputs), "draws nothing"
    assert list(here.iterdir()) == []
    assert not list(scratch.glob("mixconsole-*"))
    assert tree(ROOT) - before == set()


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tree(root: Path) -> set[Path]:
    """What lies in the repository's top folder and among the notebooks, hidden caches aside."""
    return {path for folder in (root, root / "notebooks") for path in folder.glob("[!.]*")}
