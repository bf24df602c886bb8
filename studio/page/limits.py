"""How much the page takes on: of one song, of all users together."""

from dataclasses import dataclass

MB = 1_000_000
HOUR_S = 3600.0
UNPACKED = 4  # times what may be sent
WORKING = 4  # measured: 3.8 times, when a song is listened to again with other gains


@dataclass(frozen=True)
class Limits:
    """What is refused, each with a sentence that names the limit.

    Args:
        stems: of a song.
        duration_s: of a song, and of whatever else is sent.
        upload_bytes, files: of one request; a zip may not unpack to more than `UNPACKED` times as many.
        jobs: that listen at a time.
        waiting: jobs that wait for that, of all sessions together.
        waiting_each: operations of one session that wait for its last one.
        uploads: that come in at a time.
        sessions: that are kept on disk.
        memory_bytes: that songs in memory take, all together, `WORKING` times their sound while something is done with
            them; the others leave it.
        preview_bytes: what a browser is given to decode.
        unused_s: how long a session is kept that nobody asks for.
        failed_s: the same where its song could not be opened; it goes sooner where another one needs its place.
        stalled_s: how long an upload may send nothing.
        least_bytes_s: in a second, that an upload sends on average once it lasts longer than that.
        free_bytes: that are to be left on the disk.
    """

    stems: int = 64
    duration_s: float = 1200.0
    upload_bytes: int = 2000 * MB
    files: int = 1000
    jobs: int = 1
    waiting: int = 64
    waiting_each: int = 16
    uploads: int = 32
    sessions: int = 200
    memory_bytes: int = 4000 * MB
    preview_bytes: int = 400 * MB
    unused_s: float = 24 * HOUR_S
    failed_s: float = HOUR_S / 4
    stalled_s: float = 60.0
    least_bytes_s: int = 10_000
    free_bytes: int = 500 * MB

    @property
    def audio_bytes(self) -> int:
        """Of one song, decoded, at most."""
        return self.memory_bytes // (WORKING * self.jobs)

    def told(self) -> dict[str, float | int]:
        """Those that a page can heed before it sends anything."""
        named = "stems duration_s upload_bytes files audio_bytes preview_bytes jobs waiting unused_s".split()
        return {name: getattr(self, name) for name in named}
