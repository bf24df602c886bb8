"""What is typed on the page: understood by a grammar, or planned by a language model, for which nobody else waits."""

import json
import threading
import time

from answering import answering
from pages import MODELS, Page, Ready, noises, served

from explainer.language.endpoint.chat_endpoint import ChatEndpoint


class Planned(Ready):
    """The embedded models, and a language model that plans."""

    def __init__(self, address: str) -> None:
        super().__init__(llm=ChatEndpoint(address, "scripted", tries=1))


def say(page: Page, id: str, text: str):
    answer = page.post(f"/api/sessions/{id}/chat", json={"text": text})
    assert answer.status_code == 200, answer.text
    return answer.json()


def faders(page: Page, id: str) -> dict[str, float]:
    return {stem["name"]: stem["fader_db"] for stem in page.session(id)["table"]["stems"]}


def test_the_grammar_does_what_is_said_and_each_step_is_undone(studio):
    id = studio.opened(noises())
    said = say(studio, id, "vocals up 2 dB and lock the bass")
    assert [step["operation"] for step in said["reply"]["steps"]] == ["nudge", "lock"]
    assert said["reply"]["verified"] is True
    assert faders(studio, id) == {"bass": 0.0, "drums": 0.0, "vocals": 2.0}
    assert say(studio, id, "undo that")["table"]["at"] == 0
    assert "did nothing" in say(studio, id, "fnord blurb quux")["reply"]["said"]
    for wrong in ("", " ", None, "x" * 2000, 3):
        assert studio.post(f"/api/sessions/{id}/chat", json={"text": wrong}).status_code in (400, 422)
    examples = studio.get(f"/api/sessions/{id}/examples").json()
    assert any("bass" in example for example in examples)
    assert say(studio, id, next(each for each in examples if "down" in each))["reply"]["steps"]


def test_a_language_model_plans_and_nobody_waits_for_it(tmp_path):
    go = threading.Event()
    plan = {"do": [{"operation": "nudge", "arguments": {"stem": "vocals", "by_db": -3}}], "say": ""}
    answers = iter(["", json.dumps(plan), json.dumps({"say": "Done."})])  # the first is refused, as it has tools

    def answer(messages):
        go.wait(30)
        return next(answers)

    def refusing(body):
        return "no tools here" if "tools" in body else None

    with answering(answer, refusing) as (address, asked):
        MODELS.load()
        with served(tmp_path, models=Planned(address)) as page:
            assert page.get("/api").json()["llm"] is True
            id, other = page.opened(noises()), page.opened(noises("a", "b"))
            told = {}
            talk = threading.Thread(target=lambda: told.update(say(page, id, "could the singing step aside a little")))
            talk.start()
            end_s = time.monotonic() + 20
            while not asked:
                assert time.monotonic() < end_s
                time.sleep(0.01)
            assert page.session(id)["job"]["operation"] == "chat"
            begun_s = time.monotonic()
            page.do(other, "anchor", stem="a")  # which is listened to, though the model still thinks
            assert page.rested(other)["table"]["advice"] is not None
            page.do(other, "apply")
            assert time.monotonic() - begun_s < 10
            go.set()
            talk.join(30)
            assert [step["operation"] for step in told["reply"]["steps"]] == ["nudge"]
            assert faders(page, id)["vocals"] == -3.0
            assert page.do(id, "undo")["table"]["stems"][2]["fader_db"] == 0.0
