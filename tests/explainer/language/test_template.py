"""Chat templates that fail, never end or fill the memory are told in one sentence, soon."""

import json
import resource
import shutil
import sys
import time

import pytest
from jinja2 import Environment
from tiny import tiny_base

from console.errors import InputError
from explainer.language import template
from explainer.language.chat import Chat
from explainer.language.pretrained import EMBEDDED

LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
DOUBLE = "{% set n = namespace(s='aaaaaaaa') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}"
FAILING = {
    "loops": LOOP,
    "grows": DOUBLE,
    "repeats": "{{ 'a' * 9999999999 }}",
    "raises": "{{ raise_exception('no system role') }}",
    "divides": "{{ 1 / 0 }}",
    "widens": "{{ 'a'|center(9999999999) }}",
    "formats": "{{ '%9999999999d' % 1 }}",
    "powers": "{{ 9 ** 9 ** 9 ** 9 }}",
    "no template": "{% for %}",
    "deep": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "reaches out": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
}


@pytest.mark.parametrize("source", FAILING.values(), ids=FAILING)
def test_a_template_that_fails_or_never_ends_is_refused_soon(tmp_path, monkeypatch, source):
    monkeypatch.setattr(template, "MOST_S", 0.5)
    base = shutil.copytree(EMBEDDED / "base", tmp_path / "base")
    (base / "chat_template.jinja").write_text(source)
    start_s, peak_kb, tracing = time.thread_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, sys.gettrace()
    with pytest.raises(InputError, match=r"chat template of the base model .*base.* fails|has no end of an answer"):
        Chat.read(base)
    assert time.thread_time() - start_s < 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak_kb < 3 * template.MOST_KB
    assert sys.gettrace() is tracing


def test_a_template_that_transformers_renders_is_bounded_too(monkeypatch, tmp_path):
    from transformers import AutoTokenizer

    monkeypatch.setattr(template, "MOST_S", 0.5)
    tokenizer = AutoTokenizer.from_pretrained(tiny_base(tmp_path))
    tokenizer.chat_template = LOOP
    with pytest.raises(InputError, match=r'"tiny" fails \(it takes too long'):
        Chat.of(tokenizer, "tiny")


@pytest.mark.parametrize("text", ["[" * 5000, "[]", '{"eos_token": 3'])
def test_what_stands_beside_a_template_is_read_within_bounds(tmp_path, text):
    base = shutil.copytree(EMBEDDED / "base", tmp_path / "base")
    (base / "tokenizer_config.json").write_text(text)
    with pytest.raises(InputError, match="holds no tokenizer with a chat template") as caught:
        Chat.read(base)
    assert "\n" not in str(caught.value)


def test_a_sound_template_is_rendered_as_ever():
    base = EMBEDDED / "base"
    words = json.loads((base / "tokenizer_config.json").read_text())
    told = {key: value for key, value in words.items() if key.endswith("_token")}
    plain = Environment(trim_blocks=True, lstrip_blocks=True).from_string((base / "chat_template.jinja").read_text())
    said = [{"role": "user", "content": "a"}]
    for answer in (False, True):
        assert Chat.read(base).render(said, answer) == plain.render(messages=said, add_generation_prompt=answer, **told)
