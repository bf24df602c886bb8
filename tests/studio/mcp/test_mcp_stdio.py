"""A language model's client drives a whole correction of a real song through `mixconsole mcp`, a process of its own."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
import soundfile
import torch
from click.testing import CliRunner
from clients import ROOT, Caller, command, drive

from console import Song
from console.stream.loudness import integrated_lufs
from studio.cli import main
from studio.commands.mcp import mcp
from studio.mcp.tools import tools
from studio.trial.spoil import spoil

FLAW_DB = 10.0


@pytest.fixture(scope="module")
def music(falcon_path, tmp_path_factory):
    """A folder with a real song whose vocals are too loud."""
    folder = tmp_path_factory.mktemp("music")
    spoil(Song.load(falcon_path), "vocals", FLAW_DB).song.save(folder / "song")
    return folder


def test_a_whole_correction(music):
    out = music / "out"

    async def talk(call: Caller) -> None:
        assert "open a song; listen" in call.client.instructions
        tools = {tool.name for tool in (await call.client.list_tools()).tools}
        assert {"open", "listen", "apply", "measure", "undo", "export"} <= tools

        opened = await call("open", path="song")
        assert [stem["name"] for stem in opened["data"]["stems"]] == ["bass", "drums", "other", "vocals"]
        assert [message for _, message in call.steps] == ["Loading the models", "Reading the stems"]
        await call("anchor", stem="drums")
        heard = await call("listen")
        assert heard["data"]["moving"] == ["vocals"]
        assert [message for _, message in call.steps] == ["Measuring loudness", "Listening"]
        assert [progress for progress, _ in call.steps] == [1, 2]
        vocals = next(row for row in heard["data"]["stems"] if row["name"] == "vocals")
        assert vocals["low_db"] < vocals["suggested_db"] < -4
        why = await call("explain")
        assert "vocals" in why["said"]

        dry = await call("apply", dry_run=True)
        assert dry["faders_db"] == dict.fromkeys(dry["faders_db"], 0.0)
        assert dry["can_undo"] == 1
        done = await call("apply")
        assert done["changes"] == dry["changes"]
        assert done["faders_db"] == {"bass": 0, "drums": 0, "other": 0, "vocals": vocals["suggested_db"]}
        measured = await call("measure")
        assert measured["data"] == done["data"]
        assert max(map(abs, measured["data"]["left_db"].values())) < 1

        undone = await call("undo")
        assert undone["faders_db"] == dict.fromkeys(done["faders_db"], 0.0)
        assert (await call("redo"))["faders_db"] == done["faders_db"]

        written = await call("export", folder="out", what=["mix.wav", "advice.json"])
        assert [file["path"] for file in written["data"]["files"]] == [
            str(out / "mix.wav"),
            str(out / "advice.json"),
        ]
        assert "mix.wav" in await call.refused("export", folder="out")  # it is there already
        lufs.append(measured["data"]["loudness_lufs"])
        gains_db.update(done["faders_db"])
        assert "lies outside" in await call.refused("open", path="..")

    lufs: list[float] = []
    gains_db: dict[str, float] = {}
    drive(command("--folder", str(music)), talk, mode="legacy")
    mix, rate = soundfile.read(out / "mix.wav", dtype="float32")
    mix = torch.from_numpy(mix.T.copy())
    assert integrated_lufs(mix, rate) == pytest.approx(lufs[0], abs=0.01)
    stems = [soundfile.read(music / "song" / f"{name}.wav", dtype="float32")[0] for name in gains_db]
    factors = [10 ** (db / 20) for db in gains_db.values()]
    summed = sum(torch.from_numpy(stem.T.copy()) * factor for stem, factor in zip(stems, factors, strict=True))
    assert torch.allclose(mix, summed, atol=1e-5)
    advice = json.loads((out / "advice.json").read_text("utf-8"))
    assert {stem["name"]: stem["gain_db"] for stem in advice["stems"]} == gains_db
    assert {path.name for path in (out).iterdir()} == {"mix.wav", "advice.json"}


def test_it_ends_at_once_when_it_is_told_to_although_its_client_still_holds_the_line():
    told = command()
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    with subprocess.Popen(
        [told.command, *told.args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | told.env
    ) as process:
        process.stdin.write(f"{message}\n".encode())
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["result"]["serverInfo"]["name"] == "mixconsole"
        process.terminate()
        assert process.wait(10) == 128 + signal.SIGTERM


def test_a_folder_that_is_not_there_is_said_before_anything_is_served(tmp_path):
    result = CliRunner().invoke(main, ["mcp", "--folder", str(tmp_path / "nowhere")])
    assert result.exit_code == 2
    assert result.output == f'Error: There is no folder "{tmp_path / "nowhere"}".\n'


def test_the_configuration_in_the_docs_starts_the_command():
    text = (ROOT / "docs" / "mcp.md").read_text("utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    server = json.loads(block)["mcpServers"]["mixconsole"]
    assert server["command"].endswith("/bin/mixconsole")
    assert server["args"][0] == mcp.name
    assert mcp.make_context("mcp", server["args"][1:]).params["folder"] == Path("/home/ana/Music")


def test_every_tool_stands_in_the_docs():
    text = (ROOT / "docs" / "mcp.md").read_text("utf-8")
    table = "".join(line for line in text.splitlines() if line.startswith("| `"))
    named = {name for cell in re.findall(r"\| ((?:`\w+`(?:, )?)+) \|", table) for name in re.findall(r"`(\w+)`", cell)}
    assert named == set(tools(files=True, listed=True))
