"""Roles and mixtures read from names as people write them."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import InputError
from console.read.roles import Role, are_mixtures, guess_role, is_mixture_name, parse_role, read_roles

NAMES = {
    Role.VOCALS: """
        01_Lead Vox; BGV; BGVs; ldvox_dbl; choir; LeadVocals; vocals; Backing Vocals 2; VOX; LdVox;
        lead_vocal_L; BV stack; voz; voix; Gesang; Stimme 1; voce; вокал; ボーカル; Adlibs; Rap; Harmony 3;
        tenor 2; Gang; scratch vox; Vox FX; VOXlead; bgvocals; chœurs; vocal room; Lead Dbl; Ooh's; GtrVox;
        CHOIR""",
    Role.DRUMS: """
        kick in; OH L; Bass Drum; bass-drum; BassDrum; snare top; hh; Hi-Hat; HiHat; tamb; Kick01; KICK;
        kickin; snares; Tom 2; FloorTom; batería; Schlagzeug; batterie; bateria; Overheads; OHs; room L;
        808 kick; perc; Percs; shakers; drum loop; drumsL; ドラム; ударные; Drum Bus; SnareTop_01;
        Drum Machine; claps; clap; BD; grosse caisse; RIDE; 03 - Rack Tom; Kit (mono); talking drum""",
    Role.BASS: """
        DI bass; bass gtr; 808; 808s; synth bass; SynthBass01; Basse; bajo; baixo; Kontrabaß; double bass;
        sub; Sub Bass; BassDI; bass_amp; ebass; upright; Bass Keys; BASS; Bass.L; бас; basso""",
    Role.OTHER: """
        Gtr L; GtrL; gtrs; E-Pno; EPno; guitare; Gitarre; guitarra; Elec Gtr 1; Upright Piano; bassoon;
        brass; tenor sax; bass clarinet; Steel Drums; gtr room; Strings; Hammond B3; B3; pad; Synth Lead;
        lead; FX; other; Mellotron Choir; ギター; untitled; Track 7; 12; harpsichord; Tomato; hatred;
        Kickstarter; rapid; Banjo; Glock""",
}


@pytest.mark.parametrize(
    ("name", "role"), [(name.strip(), role) for role, names in NAMES.items() for name in names.split(";")]
)
def test_role_is_read_from_the_name(name, role):
    assert guess_role(name) is role


@pytest.mark.parametrize("name", [name.strip() for names in NAMES.values() for name in names.split(";")])
def test_case_numbers_and_unicode_form_do_not_matter(name):
    role = guess_role(name)
    assert guess_role(f"07_{name}") is role
    assert guess_role(f"{name} 02") is role
    assert guess_role(unicodedata.normalize("NFD", name)) is role
    if not any(a.islower() and b.isupper() for a, b in pairwise(name)):  # capitals part words
        assert guess_role(name.lower()) is role


@given(st.text(max_size=60))
def test_any_text_has_a_role(name):
    assert isinstance(guess_role(name), Role)
    assert isinstance(is_mixture_name(name), bool)


@given(st.text(alphabet="inkcbas dru", max_size=255))
def test_a_very_long_glued_name_is_read_in_no_time(name):
    assert guess_role(name * 100) in Role


def roles_of(names):
    return [role for role, _ in read_roles(names)]


def test_a_title_that_all_names_begin_with_says_nothing():
    names = ["Drum Fever - Gtr", "Drum Fever - Vox", "Drum Fever - Drums", "Drum Fever - Thing"]
    assert roles_of(names) == [Role.OTHER, Role.VOCALS, Role.DRUMS, Role.DRUMS]
    assert roles_of(["bass di", "bass amp"]) == [Role.BASS, Role.BASS]
    assert roles_of(["bass drum", "bass gtr"]) == [Role.DRUMS, Role.BASS]
    assert roles_of(["vox"]) == [Role.VOCALS]
    assert roles_of([]) == []


@pytest.mark.parametrize("role", Role)
def test_a_role_word_is_its_role(role):
    assert parse_role(role) is role
    assert parse_role(f" {role.upper()} ") is role
    assert guess_role(role) is role


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("kick", Role.DRUMS),
        ("lead vocals", Role.VOCALS),
        ("backing_vocals", Role.VOCALS),
        ("electric guitar", Role.OTHER),
        ("synth bass", Role.BASS),
        ("percussion", Role.DRUMS),
        ("piano", Role.OTHER),
    ],
)
def test_a_finer_role_maps_onto_the_four(text, role):
    assert parse_role(text) is role


@pytest.mark.parametrize("text", ["", "banana", "lead", "vocals banana", "7", "vokallz", "mix"])
def test_an_unknown_role_lists_the_roles(text):
    with pytest.raises(InputError, match="vocals, drums, bass, other"):
        parse_role(text)


MIXTURES = """mixture; Mix; MIX; master; Master 2; full mix; FullMix; Song - Mix; Night Owl (Master); 2mix;
        mixdown; Mix Down; bounce; Final Mix v3; Remix; Stereo Mix; mix_24bit; NightOwl_MIX;
        Drum Song - Mix; Voice Of Fire_MASTER; rough mix"""
STEMS = """mixed choir; remix vox lead; drum mix; Vox Mix; master vox; synth master; Night Owl - Drums - Mix;
        FX mix; mixolydian; vocals; Bass bounce; mixer; track 2; Take 2 Track 3; room; instrumental;
        808 mix; Kick (Mix 3)"""


@pytest.mark.parametrize("name", [name.strip() for name in MIXTURES.split(";")])
def test_a_mixture_is_told_by_its_name(name):
    assert is_mixture_name(name)


@pytest.mark.parametrize("name", [name.strip() for name in STEMS.split(";")])
def test_a_stem_is_no_mixture(name):
    assert not is_mixture_name(name)


def test_a_title_with_mix_in_it_makes_no_mixture():
    assert are_mixtures(["Mix Tape - Gtr", "Mix Tape - Thing", "Mix Tape - Mix"]) == (False, False, True)
    assert are_mixtures(["kick", "mix"]) == (False, True)
