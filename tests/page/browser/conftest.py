"""One server for all tests, one browser for those of a module, and a song with a flaw that is sent to them."""

import shutil

import pytest
from server import Server
from visit import ABSENT, PROGRAM, Visit, chromium

from console import Song
from studio.trial.spoil import spoil

FLAW_DB = 10.0


@pytest.fixture(scope="session")
def falcon(falcon_path):
    """The real song."""
    return Song.load(falcon_path)


@pytest.fixture(scope="session")
def spoilt_files(falcon, tmp_path_factory):
    """The real song with its vocals much too loud, as files."""
    folder = tmp_path_factory.mktemp("spoilt") / "Falcon 69"
    spoil(falcon, "vocals", FLAW_DB).song.save(folder)
    return sorted(folder.glob("*.wav"))


@pytest.fixture(scope="session")
def spoilt(spoilt_files):
    """The same, as it is read from there."""
    return Song.load(spoilt_files[0].parent)


@pytest.fixture(scope="session")
def program():
    """Chromium's."""
    found = shutil.which(PROGRAM)
    if found is None:
        pytest.skip(ABSENT)
    return found


@pytest.fixture(scope="module")
def browser(program):
    """Chromium. It ends with the module: until then nothing else in this process may run an event loop."""
    with chromium(program) as browser:
        yield browser


@pytest.fixture(scope="session")
def server(tmp_path_factory, program):
    """`mixconsole serve`, with its models loaded."""
    home = tmp_path_factory.mktemp("home")
    with Server(home, "--keep", str(home / "kept")) as server:
        server.client.get("/api")
        yield server


@pytest.fixture(scope="session")
def opened(server, spoilt_files):
    """A session of the spoiled song."""
    id = server.upload({f"Falcon 69/{path.name}": path.read_bytes() for path in spoilt_files})
    server.rested(id)
    return id


@pytest.fixture
def visits(browser, server):
    """Makes visits, with what is to be special about the browser."""
    made = []

    def begin(**options):
        made.append(Visit(browser, server.url, **options))
        return made[-1]

    yield begin
    for visit in made:
        visit.close()


@pytest.fixture
def visit(visits):
    """A visit on a desktop."""
    return visits()


@pytest.fixture
def desk(visit, server, opened):
    """A visit to the spoiled song, with all as it was when it was opened."""
    while server.rested(opened)["table"]["at"]:
        server.client.post(f"/api/sessions/{opened}/operations", json={"operation": "undo"})
    visit.go(opened)
    return visit
