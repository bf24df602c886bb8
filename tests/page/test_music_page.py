"""The song's music on the page: asked for, given with what its pictures are drawn of, and there after a restart."""

import pytest
from musics import music
from pages import noises, served

from console.music.music import Course

COURSE = Course(90.0, (0.5, 0.25), (-15.0, None), {"drums": (-15.0, None)})


@pytest.fixture
def analysed(monkeypatch):
    asked = []

    def stand_in(song, tell, before=None):
        asked.append(song.title)
        return music(song="<b>", course=COURSE)

    monkeypatch.setattr("studio.measured.music_of", stand_in)
    return asked


def test_it_is_given_once_it_is_analysed_and_kept(analysed, tmp_path):
    with served(tmp_path) as page:
        id = page.opened(noises("drums", "bass"))
        none = page.get(f"/api/sessions/{id}/music")
        assert none.status_code == 404
        assert none.json() == {"error": "The music is not analysed yet."}
        assert page.do(id, "analyse_music")["outcome"]["said"].startswith("3:00 of music")
        found = page.get(f"/api/sessions/{id}/music").json()
        table = page.rested(id)["table"]
    assert found["of_now"]
    assert found["report"]["title"] == "<b>"
    assert table["music"]["of_now"]
    drawn = found["drawn"]
    assert [section["label"] for section in drawn["sections"]] == ["A", "B", "A", "B", "C", "B"]
    assert drawn["chords"][0] == {"start_s": 0.0, "end_s": 2.0, "name": "Dm", "notes": [2, 5, 9]}
    assert drawn["course"]["mix_lufs"] == [-15.0, None]
    assert drawn["spectrum"] is None
    with served(tmp_path) as page:  # begun anew
        assert page.session(id)["table"]["music"] == table["music"]
        assert page.get(f"/api/sessions/{id}/music").json() == found
        page.do(id, "set", stem="bass", gain_db=1.0)
        assert not page.get(f"/api/sessions/{id}/music").json()["of_now"]
    assert analysed == ["noises"]
