"""`mixconsole serve --llm`: what is said on the page is planned by a language model."""

from click.testing import CliRunner
from pages import noises
from scripted import calls, endpoint, in_turn, says
from server import Server, rested

from studio.cli import main


def test_what_is_said_on_the_page_is_planned_by_the_model(tmp_path):
    script = in_turn(calls(("nudge", {"stem": "bass", "by_db": 2})), says("It stands at {{bass.fader_db}}."))
    with endpoint(script) as (url, asked), Server(tmp_path, "--llm", f"{url}#scripted") as server:
        assert server.client.get("/api").json()["llm"] is True
        id = server.upload(noises())
        rested(server.client, id)
        told = server.client.post(f"/api/sessions/{id}/chat", json={"text": "a little more low end"}).json()
        assert told["reply"]["said"] == "Moved “bass” from 0.0 to +2.0 dB. It stands at +2.0 dB."
        assert told["reply"]["verified"] is True
        assert len(asked) == 2
        undone = server.client.post(
            f"/api/sessions/{id}/operations", json={"operation": "undo", "arguments": {}}
        ).json()
        assert [row["fader_db"] for row in undone["table"]["stems"] if row["name"] == "bass"] == [0.0]


def test_a_model_that_cannot_be_had_is_told_before_anything_is_served():
    result = CliRunner().invoke(main, ["serve", "--port", "0", "--llm", "http://127.0.0.1:9/v1#none"])
    assert result.exit_code == 2
    assert "cannot be reached" in result.stderr
