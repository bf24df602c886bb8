"""Tables of engineers' mixes that cannot be used; `test_consensus.py` reads good ones."""

import pytest

from console.errors import InputError
from console.evaluation.engineers.consensus_table import read

HEAD = "song,mix,vocals_db,drums_db\n"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.csv", "", 'no column "song"'),
        ("a.csv", "song,vocals,drums\n", 'no column "mix"'),
        ("a.csv", "song,mix,vocals_db\n", "at least two stems"),
        ("a.csv", "song,mix,Drums_db,drums_db\n", "at least two stems"),
        ("a.csv", "song,mix,bass_db,Drums_db,drums_db\n", 'two columns "drums_db"'),
        ("a.csv", "song,mix,vocals,drums_db\n", r'levels \("vocals"\) and of gains \("drums_db"\)'),
        ("a.csv", HEAD, "holds no mixes"),
        ("a.csv", f"{HEAD}x,A,1,2\nx,B,1,loud\n", 'line 3, column "drums": "loud" is no number'),
        ("a.csv", f"{HEAD}x,A,1,nan\n", 'line 2, column "drums"'),
        ("a.csv", f"{HEAD}x,A,1,-1e9\n", 'line 2, column "drums"'),
        ("a.csv", f"{HEAD},A,1,2\n", 'line 2, column "song", is empty'),
        ("a.csv", f"{HEAD}x,A,1,2,3\n", "line 2, has more cells"),
        ("a.csv", f"{HEAD}x,A,1,2\nx,a,1,2\n", 'line 3: the mix "a" of "x" is listed twice'),
        ("a.csv", f"{HEAD}x,A,1,2\n", 'one mix of "x": a range needs at least 3'),
        ("a.csv", f"{HEAD}x,A,1,2\nx,B,1,2\n", '2 mixes of "x"'),
        ("a.csv", "song,mix,vocals,drums\nx,A,0.5,-1\n", "line 2: the levels sum to 2.8 LU"),
        ("a.yaml", "", "holds no mixes"),
        ("a.yaml", "x: [", "cannot be read as YAML"),
        ("a.yaml", "- x", "line 1, needs the songs by name"),
        ("a.yaml", "x:\n  A: 3\n", 'line 2, needs the gains of "A" by name'),
        ("a.yaml", "x:\n  A:\n    bass: [1]\n", 'line 3: the gain of "bass" is no number'),
        ("a.yaml", "x:\n  A:\n    bass: low\n", 'line 3, column "bass": "low" is no number'),
        ("a.yaml", "x:\n  A: {bass: 1}\n  a: {bass: 2}\n", 'line 3: the mixes of "x" need names, each another one'),
        ("a.txt", "", "no table of mixes"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_sentence(tmp_path, name, text, why):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=why) as caught:
        read(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_that_is_not_there_or_no_text_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"none.csv"):
        read(tmp_path / "none.csv")
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00song")
    with pytest.raises(InputError, match=r"a.csv"):
        read(tmp_path / "a.csv")
