"""What is sent beside a song is held against the limit on memory, as the song is."""

import numpy as np
from pages import Page, noises, served, sound, stems, wav

SECONDS = 4.0
SONG_BYTES = 3 * 4 * 8_000 * 4  # of three mono stems, decoded


def held(page: Page) -> list[str]:
    """The sessions whose songs are in memory."""
    return [entry.id for entry in page.app.state.work.store if entry.session is not None]


def reference(page: Page, id: str, data: bytes):
    return page.post(f"/api/sessions/{id}/reference", files=[("file", ("mix.wav", data))])


def loud(rate_hz: int, seconds: float = SECONDS, channels: int = 2) -> bytes:
    noise = np.random.default_rng(1).standard_normal((channels, round(seconds * rate_hz)))
    return wav(0.1 * noise, rate_hz, "PCM_16")


def test_a_reference_that_takes_more_than_there_is_is_refused(tmp_path):
    with served(tmp_path, memory_bytes=4 * 3 * SONG_BYTES) as page:
        id = page.opened(noises())
        answer = reference(page, id, loud(192_000))  # 6.1 MB, where 1.2 MB are the most
        assert answer.status_code == 422
        assert "beside the song" in answer.json()["error"]
        mix = sum(sound(data)[0] for data in noises().values())
        answer = reference(page, id, wav(mix.expand(8, -1), 8_000))
        assert answer.status_code == 200, answer.text  # which is folded to two
        assert page.app.state.work.store.get(id).beside_bytes == round(SECONDS * 8_000) * 2 * 4


def test_a_held_up_song_that_takes_more_than_there_is_is_refused(tmp_path):
    with served(tmp_path, memory_bytes=4 * 3 * SONG_BYTES) as page:
        id = page.opened(noises())
        files = {f"other/{name}.wav": loud(24_000, 6.0, 1) for name in ("vocals", "drums")}
        form = [("file", (name, data)) for name, data in files.items()]
        answer = page.post(f"/api/sessions/{id}/like", files=form)
        assert answer.status_code == 422
        assert "beside the song" in answer.json()["error"]


def test_for_a_reference_other_songs_leave_the_memory(small_song, tmp_path):
    song_bytes = small_song.audio.nbytes
    mix = wav(small_song.mix(), small_song.sample_rate)
    with served(tmp_path, memory_bytes=round(5.5 * song_bytes)) as page:
        other = page.opened(stems(small_song, "other/"))
        id = page.opened(stems(small_song))
        page.do(id, "measure")
        assert held(page) == [other, id]
        answer = reference(page, id, mix)
        assert answer.status_code == 200, answer.text
        page.rested(id)
        assert held(page) == [id]
        assert page.app.state.work.store.get(id).beside_bytes == small_song.mix().nbytes
