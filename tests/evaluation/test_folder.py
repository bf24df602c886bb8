"""A run's folder: one process, one set of settings; and its tables, whole after whatever happens."""

import csv
import os
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import InputError
from explainer.evaluation.folder import JOURNALS, SETTINGS, opened
from explainer.evaluation.tables.ledger import Ledger

CELLS = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=8), st.integers()
)
BLOCKS = st.lists(
    st.lists(st.fixed_dictionaries({"id": CELLS, "error_db": st.floats(-24, 24)}), max_size=3), max_size=5
)


def ledger(folder, name="numbers") -> Ledger:
    return Ledger(folder / f"{name}.csv", folder / JOURNALS / f"{name}.jsonl")


@given(blocks=BLOCKS)
def test_rows_come_back_as_they_were_written(tmp_path_factory, blocks):
    folder = tmp_path_factory.mktemp("ledger")
    table = ledger(folder)
    for at, rows in enumerate(blocks):
        table.add(str(at), rows)
    again = ledger(folder)
    wanted = [{"id": str(row["id"]), "error_db": repr(row["error_db"])} for rows in blocks for row in rows]
    assert list(again.rows()) == wanted
    assert len(again) == len(blocks)
    assert all(str(at) in again for at in range(len(blocks)))


@given(blocks=BLOCKS, kept=st.floats(0, 1), journal_kept=st.floats(0, 1), at=st.integers(0, 4))
def test_cut_off_anywhere_and_continued_it_has_the_same_bytes(tmp_path_factory, blocks, kept, journal_kept, at):
    """A table may hold more than its journal tells of, never less: rows are on disk before the journal's line is."""
    undisturbed, killed = (tmp_path_factory.mktemp(name) for name in ("undisturbed", "killed"))
    whole, table = ledger(undisturbed), ledger(killed)
    for number, rows in enumerate(blocks):
        whole.add(str(number), rows)
        if number < at:
            table.add(str(number), rows)
    if at < len(blocks):  # killed while it wrote this block
        before = table.table.stat().st_size, table.journal.stat().st_size
        table.add(str(at), blocks[at])
        cut(table.journal, before[1], journal_kept * 0.99)
        cut(table.table, before[0], kept)
    continued = ledger(killed)
    assert str(at) not in continued
    for number, rows in enumerate(blocks):
        if str(number) not in continued:
            continued.add(str(number), rows)
    assert continued.table.read_bytes() == whole.table.read_bytes()
    assert continued.journal.read_bytes() == whole.journal.read_bytes()


def cut(path, before: int, kept: float) -> None:
    """Keeps a share of what was written since the file had that size."""
    os.truncate(path, before + int(kept * (path.stat().st_size - before)))


def test_a_block_comes_once_and_columns_stay(tmp_path):
    table = ledger(tmp_path)
    table.add("a", [{"id": "1", "error_db": 0.5}])
    with pytest.raises(ValueError, match="already"):
        table.add("a", [])
    with pytest.raises(ValueError, match="columns"):
        table.add("b", [{"id": "1"}])


def test_a_table_that_lost_rows_is_not_continued(tmp_path):
    table = ledger(tmp_path)
    table.add("a", [{"id": "1"}])
    table.table.write_text("")
    with pytest.raises(InputError, match=r"numbers\.csv.*changed"):
        ledger(tmp_path)


def test_an_empty_table_has_no_rows(tmp_path):
    table = ledger(tmp_path)
    table.add("a", [])
    assert list(ledger(tmp_path).rows()) == []


def test_the_same_settings_continue_and_others_do_not(tmp_path):
    settings = {"seed": 0, "data": {"name": "folder", "root": "songs"}}
    with opened(tmp_path / "run", settings) as folder:
        folder.ledger("numbers").add("a", [{"id": "1"}])
    with opened(tmp_path / "run", settings) as folder:
        assert "a" in folder.ledger("numbers")
    other = {"seed": 1, "data": {"name": "folder", "root": "elsewhere"}}
    told = r'data.root "songs", not "elsewhere"; seed 0, not 1\).*out=.*'
    with pytest.raises(InputError, match=f"^.*{told}$"), opened(tmp_path / "run", other):  # on one line
        pass
    with opened(tmp_path / "run", settings) as folder:
        assert "a" in folder.ledger("numbers")


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(InputError, match="holds something else"), opened(tmp_path, {}):
        pass
    with pytest.raises(InputError, match="is a file"), opened(tmp_path / "holiday.jpg", {}):
        pass
    with pytest.raises(InputError, match="cannot be written"), opened(tmp_path / "holiday.jpg" / "run", {}):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_settings_that_cannot_be_read_are_told(tmp_path):
    (tmp_path / SETTINGS).write_text("{")
    with pytest.raises(InputError, match="cannot be read"), opened(tmp_path, {}):
        pass


def test_files_appear_in_folders_of_their_own(tmp_path):
    with opened(tmp_path / "run", {}) as folder:
        folder.write("figures/note.md", "är")
    assert (tmp_path / "run" / "figures" / "note.md").read_text("utf-8") == "är"


HOLD = """
import sys, time
from explainer.evaluation.folder import opened
with opened(sys.argv[1], {}):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_folder_in_use_is_refused_until_the_process_is_dead(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "run"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "locked\n"
            with pytest.raises(InputError, match="in use by another run"), opened(tmp_path / "run", {}):
                pass
        finally:
            os.kill(process.pid, signal.SIGKILL)
    with opened(tmp_path / "run", {}) as folder:
        assert folder.path.is_dir()


def test_a_table_reads_as_csv_anywhere(tmp_path):
    table = ledger(tmp_path)
    table.add("a", [{"id": 'a "quoted", title|0', "text": "two\nlines"}])
    with table.table.open(newline="") as opened_table:
        assert list(csv.reader(opened_table)) == [["id", "text"], ['a "quoted", title|0', "two\nlines"]]
