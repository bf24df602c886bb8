"""TensorFlow's checkpoints are read whole, or refused in a sentence."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensor_bundle import write_checkpoint

from console.errors import InputError
from console.music.tags.checkpoint import read_checkpoint

TENSORS = {
    f"layer_{number}/{part}": np.full((number + 1, 2), number, np.float32) for number in range(60) for part in "ab"
}
TENSORS["scalar"] = np.float32(0.5)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("checkpoint")
    write_checkpoint(TENSORS, folder / "a.index", folder / "a.data")
    return folder / "a.index", folder / "a.data"


def test_all_tensors_are_read_as_they_were_written(files):
    read = read_checkpoint(*files)
    assert read.keys() == TENSORS.keys()
    for name, array in TENSORS.items():
        assert np.array_equal(read[name], array)


@given(st.data())
def test_a_damaged_index_is_refused_or_read_and_nothing_else(files, data):
    index, numbers = files
    whole = bytearray(index.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = index.with_name("damaged.index")
    damaged.write_bytes(whole[: data.draw(st.integers(0, len(whole)))] if data.draw(st.booleans()) else whole)
    with suppress(InputError):
        read_checkpoint(damaged, numbers)


@pytest.mark.parametrize("table", [b"", b"short", bytes(48), b"\xff" * 100])
def test_what_is_no_table_is_refused(files, tmp_path, table):
    (tmp_path / "b.index").write_bytes(table)
    with pytest.raises(InputError, match="no checkpoint of TensorFlow"):
        read_checkpoint(tmp_path / "b.index", files[1])


def test_numbers_that_are_cut_off_are_refused(files, tmp_path):
    (tmp_path / "b.data").write_bytes(files[1].read_bytes()[:-4])
    with pytest.raises(InputError, match="no checkpoint of TensorFlow"):
        read_checkpoint(files[0], tmp_path / "b.data")


def test_a_missing_file_is_named(files, tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.data.*cannot be read"):
        read_checkpoint(files[0], tmp_path / "nowhere.data")
