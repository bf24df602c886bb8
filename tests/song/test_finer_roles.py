"""What exactly a stem plays, read from the same words as its role."""

import pytest
from stem_files import write

from console.correct.links import joined
from console.read.roles import FinerRole, Role, finer_role, parse_role, read_roles
from console.read.song import Song

SPOKEN = {
    "lead vocals": "Lead Vox, 01_LdVox, Hauptgesang, voz principal, LV",
    "vocal double": "Vox Dbl, Lead Double, vocal double",
    "backing vocals": "BGV 1, backing vocals R, BVox, Vocal Harmony, Gang Vox",
    "choir": "Choir, Coro, Chor",
    "kick": "Kick In, BD, Grosse Caisse, Bass Drum, bombo, キック, kickdrum",
    "snare": "Snare Top, sn btm, caisse claire, rullante, caja, スネア, Rimshot",
    "hi-hat": "HH, Hi-Hat, hihat, Charleston",
    "toms": "Tom 2, Floor Tom, Rack",
    "overheads": "OH L, Overheads, OHR",
    "cymbals": "Ride, crash, Becken, piatti",
    "drum room": "Room L, Drum Room",
    "percussion": "Shaker, Tamb, perc, congas, Percusión",
    "drum loop": "Drum Loop, beat, loop 2",
    "bass guitar": "Bass DI, E-Bass, bass guitar, electric bass",
    "synth bass": "Synth Bass, bass synth, Moog Bass, reese",
    "sub bass": "808, Sub",
    "double bass": "Kontrabass, Upright Bass, contrebasse, double bass",
    "electric guitar": "E Gtr, egtr, E-Gitarre, lead guitar, Guitar dist, guitare électrique",
    "acoustic guitar": "Acoustic Gtr L, AGtr, guitarra acústica, Akustik Gitarre",
    "guitar": "guitar, Gtr 2, chitarra, ギター",
    "piano": "Piano, Klavier, pno",
    "keys": "Rhodes, electric piano, Keys, Wurli, teclado",
    "organ": "Hammond B3, Orgel, organ",
    "synth": "Synth, pad, arp 1, pluck",
    "strings": "Violins, Streicher, synth strings, cello",
    "brass": "Trumpet, horns, bass trombone",
    "winds": "Tenor Sax, flute, bass clarinet",
    "mallets": "Glockenspiel, vibes, steel drums",
    "effects": "FX riser, sfx, noise",
}


@pytest.mark.parametrize(("finer", "names"), SPOKEN.items())
def test_names_speak_of_finer_roles(finer, names):
    assert {name: finer_role(name) for name in names.split(", ")} == dict.fromkeys(names.split(", "), FinerRole(finer))


@pytest.mark.parametrize("name", ["vocals", "Drums", "bass", "other", "Audio 07", "01", "Schlagzeug", "Lead"])
def test_names_of_a_role_alone_speak_of_no_finer_one(name):
    assert finer_role(name) is None


@pytest.mark.parametrize("finer", FinerRole)
def test_every_finer_role_is_asked_for_by_its_name(finer):
    assert (parse_role(finer), finer_role(finer)) == (finer.role, finer)


def test_a_finer_role_belongs_to_the_role_that_is_read():
    names = ["Kick Sub", "Guitar Room", "Bass Synth", "Piano Bass", "Vocal Room", "Choir Synth"]
    for role, finer in read_roles(names):
        assert finer is None or finer.role is role
    assert read_roles(["OH", "01", "Room"], ["Drums", "Drums", "Guitars"]) == (
        (Role.DRUMS, FinerRole.OVERHEADS),
        (Role.DRUMS, None),
        (Role.OTHER, FinerRole.GUITAR),
    )


def test_a_finer_role_that_was_asked_for_is_kept(tmp_path):
    for name in ("track 7", "Kick", "Gtr", "vox"):
        write(tmp_path / f"{name}.wav")
    song = Song.load(tmp_path, roles={"track 7": "snare", "Kick": "other", "vox": "vocals"})
    assert dict(zip(song.names, song.finer_roles, strict=True)) == {
        "Gtr": FinerRole.GUITAR,
        "Kick": None,
        "track 7": FinerRole.SNARE,
        "vox": None,
    }
    song.save(tmp_path / "saved")
    again = Song.load(tmp_path / "saved")
    assert (again.roles, again.finer_roles) == (song.roles, song.finer_roles)


def test_linked_stems_keep_their_finer_role(folder):
    song = Song.load(folder)
    kicks = Song(
        song.audio, ("kick in", "kick out", "snare", "vox"), song.sample_rate, links=(("kick in", "kick out"),)
    )
    units, _ = joined(kicks)
    assert units.finer_roles == (FinerRole.KICK, FinerRole.SNARE, None)
