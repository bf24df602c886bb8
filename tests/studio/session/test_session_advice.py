"""What is suggested, applied and left: held against a console whose judgement is known."""

import pytest
import torch
from ears import LevelEar, faders, levelled

from console import Song
from console.errors import InputError
from console.stream.loudness import integrated_lufs
from console.stream.peak import true_peak_dbtp
from studio.session import Session

FLAWS_DB = {"vocals": 6.0, "bass": -5.0}


@pytest.fixture
def session() -> Session:
    return Session(levelled(FLAWS_DB), LevelEar())


def rows(session: Session) -> dict[str, dict]:
    return {row["name"]: row for row in session.table["stems"]}


def suggested(session: Session) -> dict[str, float]:
    session.do("analyse")
    return {name: row["suggested_db"] for name, row in rows(session).items()}


def test_the_flaws_are_suggested_to_be_undone_and_nothing_has_moved(session):
    outcome = session.do("analyse")
    assert suggested(session) == {"vocals": -6.0, "drums": 0.0, "bass": 5.0, "other": 0.0}
    assert outcome.data["suggested_db"] == suggested(session)
    assert outcome.data["moving"] == ["vocals", "bass"]
    assert faders(session) == dict.fromkeys(faders(session), 0.0)
    assert session.table["advice"]["headline"] == outcome.said
    assert outcome.said.startswith("Two stems should move: turn the vocals down 6.0 dB and the bass up 5.0 dB")


def test_applied_the_faders_stand_there_and_nothing_is_left(session):
    outcome = session.do("apply")
    assert faders(session) == {"vocals": -6.0, "drums": 0.0, "bass": 5.0, "other": 0.0}
    assert outcome.data["left_db"] == dict.fromkeys(faders(session), 0.0)
    assert outcome.said.startswith("Moved “vocals” from 0.0 to -6.0 dB and “bass” from 0.0 to +5.0 dB. The mix is at ")
    assert outcome.said.endswith("Listening again, I would move nothing more.")
    mix = sum(levelled().audio)  # what it was before the flaws
    levels = session.table["mix"]
    assert levels["loudness_lufs"] == pytest.approx(integrated_lufs(mix, 8000), abs=0.01)
    assert levels["true_peak_dbtp"] == pytest.approx(true_peak_dbtp(mix, 8000), abs=0.02)
    assert torch.allclose(session.song.mix(session.state.gains_db), mix, atol=1e-3)


def test_a_dry_run_says_the_same_and_moves_nothing(session):
    dry = session.do("apply", {"dry_run": True})
    assert not session.steps
    assert "nothing has moved yet" in dry.said
    assert dry.changes == session.do("apply").changes


def test_applied_twice_nothing_moves(session):
    session.do("apply")
    outcome = session.do("apply")
    assert (outcome.said, outcome.changes) == ("Nothing moves: the faders stand there already.", ())
    assert len(session.steps) == 1
    assert session.table["advice"]["done"]
    assert session.do("explain").said.endswith("The faders stand there already.")
    session.do("undo")
    assert not session.table["advice"]["done"]


def test_only_what_is_named_moves(session):
    outcome = session.do("apply", {"stems": ["Bass"]})
    assert faders(session) == {"vocals": 0.0, "drums": 0.0, "bass": 5.0, "other": 0.0}
    assert outcome.data["left_db"]["vocals"] == -6.0
    assert outcome.offers == (("nudge", {"stem": "vocals", "by_db": -6.0}),)
    assert session.do("apply", {"stems": ["drums"]}).said == "Nothing moves: no fader needs to."


def test_what_is_left_is_offered_and_done_as_it_is_offered_nothing_is_left(session):
    session.do("set", {"stem": "drums", "gain_db": 3})
    session.do("link", {"stems": ["other", "bass"]})
    offers = session.do("measure").offers
    for operation, arguments in offers:
        session.do(operation, arguments)
    assert {arguments["stem"] for _, arguments in offers} == {
        "vocals",
        "drums",
        "bass",
    }  # the bass takes its link along
    assert max(map(abs, session.do("measure").data["left_db"].values())) <= 0.5  # bins of half a dB


def test_before_anything_was_done_measure_does_not_speak_of_again(session):
    outcome = session.do("measure")
    assert outcome.said.endswith("I would turn “vocals” down 6.0 dB and “bass” up 5.0 dB.")
    assert not outcome.offers  # "apply" does it
    assert "again" not in outcome.said


def test_a_stem_moved_by_hand_that_the_advice_leaves_stays_and_is_told(session):
    session.do("nudge", {"stem": "drums", "by_db": 2})
    outcome = session.do("apply")
    assert faders(session)["drums"] == 2.0
    assert "“drums” stays at +2.0 dB, where you put it." in outcome.said
    assert outcome.said.endswith("Listening again, I would still turn “drums” down 2.0 dB.")


def test_what_an_earlier_apply_moved_comes_back_where_it_is_not_to_move_any_more(session):
    session.do("anchor", {"stem": "vocals"})
    session.do("apply")  # the others are too quiet beside the vocals
    assert faders(session) == {"vocals": 0.0, "drums": 6.0, "bass": 11.0, "other": 6.0}
    session.do("nudge", {"stem": "other", "by_db": 1})  # by hand
    session.do("anchor")
    outcome = session.do("apply")
    assert faders(session) == {"vocals": -6.0, "drums": 0.0, "bass": 5.0, "other": 7.0}
    assert "“other” stays at +7.0 dB, where you put it." in outcome.said
    session.do("undo")
    session.do("undo")
    session.do("undo")  # the hand, too: it was the advice that moved it last
    session.do("anchor")
    session.do("apply")
    assert faders(session)["other"] == 0.0


def test_the_anchor_is_heard_where_its_fader_stands(session):
    session.do("anchor", {"stem": "drums"})
    assert suggested(session) == {"vocals": -6.0, "drums": 0.0, "bass": 5.0, "other": 0.0}
    session.do("nudge", {"stem": "drums", "by_db": 3})
    assert session.table["advice"] is None
    assert suggested(session) == {"vocals": -3.0, "drums": 3.0, "bass": 8.0, "other": 3.0}
    outcome = session.do("apply")
    assert faders(session) == {"vocals": -3.0, "drums": 3.0, "bass": 8.0, "other": 3.0}
    assert outcome.said.endswith("I would move nothing more.")
    session.do("undo")
    session.do("undo")
    assert rows(session)["bass"]["suggested_db"] == 5.0  # what was heard then is still known


def test_a_locked_stem_is_heard_where_its_fader_stands_and_stays(session):
    session.do("set", {"stem": "vocals", "gain_db": -4})
    session.do("lock", {"stems": ["vocals"]})
    session.do("analyse")
    row = rows(session)["vocals"]
    assert (row["suggested_db"], row["held_back_db"], row["action"]) == (-4.0, -2.0, "locked")
    assert "The vocals are locked, but 2.0 dB too loud." in session.headline
    outcome = session.do("apply")
    assert faders(session) == {"vocals": -4.0, "drums": 0.0, "bass": 5.0, "other": 0.0}
    assert "vocals" not in outcome.said  # neither moved nor to be moved
    assert outcome.data["left_db"]["vocals"] == 0.0
    with pytest.raises(InputError, match="“vocals” is locked: unlock first"):
        session.do("nudge", {"stem": "vocals", "by_db": 1})
    session.do("unlock", {"stems": ["vocals"]})
    assert suggested(session)["vocals"] == -6.0


def test_linked_stems_are_judged_as_one_and_keep_how_they_differ(session):
    session.do("set", {"stem": "drums", "gain_db": 3})
    session.do("link", {"stems": ["vocals", "drums"]})
    together = session.song.mix([0.0, 3.0, -100.0, -100.0])
    level_db = 10 * together.square().mean().log10()
    by_db = round(2 * (-20 - float(level_db))) / 2
    session.do("apply")
    at = faders(session)
    assert at["drums"] - at["vocals"] == 3.0
    assert at["vocals"] == by_db
    session.do("nudge", {"stem": "drums", "by_db": 0.5})
    assert faders(session)["vocals"] == by_db + 0.5
    session.do("reset")
    assert faders(session) == dict.fromkeys(at, 0.0)


def test_a_linked_stem_that_would_leave_the_fader_stops_both(session):
    session.do("set", {"stem": "drums", "gain_db": 20})
    session.do("link", {"stems": ["vocals", "drums"]})
    with pytest.raises(InputError, match=r"“drums” would stand at \+25.0 dB: a fader goes from -60 to \+24 dB"):
        session.do("nudge", {"stem": "vocals", "by_db": 5})
    assert faders(session)["vocals"] == 0.0


def test_half_the_strength_goes_half_the_way_and_the_other_half_is_left(session):
    session.do("strength", {"percent": 50})
    assert suggested(session) == {"vocals": -3.0, "drums": 0.0, "bass": 2.5, "other": 0.0}
    outcome = session.do("apply")
    assert outcome.data["left_db"] == {"vocals": -3.0, "drums": 0.0, "bass": 2.5, "other": 0.0}
    assert outcome.said.endswith("at full strength I would still turn “vocals” down 3.0 dB and “bass” up 2.5 dB.")
    assert not outcome.offers  # it was asked for half
    session.do("strength", {"percent": 100})
    session.do("apply")
    assert faders(session)["vocals"] == -6.0


def test_at_no_strength_nothing_is_suggested_and_what_was_applied_comes_back(session):
    session.do("apply")
    session.do("strength", {"percent": 0})
    assert suggested(session) == dict.fromkeys(faders(session), 0.0)
    assert session.do("explain").said == "Two stems should move, but at a strength of 0 % nothing does."
    session.do("apply")
    assert faders(session) == dict.fromkeys(faders(session), 0.0)
    assert session.do("apply").changes == ()


def test_a_right_song_is_left(session):
    session = Session(levelled(), LevelEar())
    assert session.do("analyse").said == "Nothing needs to move: the balance sounds right."
    assert session.do("apply").said == "Nothing moves: no fader needs to."
    assert session.do("measure").said.endswith("I would move nothing.")


def test_a_silent_stem_has_no_level_no_advice_and_no_fader_to_move():
    song = levelled(FLAWS_DB)
    quiet = Song(song.audio * torch.tensor([1.0, 0.0, 1.0, 1.0])[:, None, None], song.names, 8000, song.roles)
    session = Session(quiet, LevelEar())
    session.do("apply")
    row = rows(session)["drums"]
    assert (row["silent"], row["level_lufs"], row["action"], row["left_db"]) == (True, None, "silent", None)
    assert faders(session) == {"vocals": -6.0, "drums": 0.0, "bass": 5.0, "other": 0.0}
    for operation, arguments in (
        ("set", {"stem": "drums", "gain_db": 1}),
        ("nudge", {"stem": "drums", "by_db": 1}),
        ("anchor", {"stem": "drums"}),
    ):
        with pytest.raises(InputError, match="“drums” is silent: choose a stem that sounds"):
            session.do(operation, arguments)
    assert "drums" not in session.do("compare").data["changes_db"]
    session.do("lock", {"stems": ["drums"]})
    session.do("measure")


def test_a_faint_song_has_a_table_without_infinities():
    song = levelled(FLAWS_DB)
    faint = Song(song.audio * 1e-6, song.names, 8000, song.roles)
    session = Session(faint, LevelEar())
    said = session.do("measure").said
    assert said.startswith("The mix is too faint to have a loudness.")
    session.do("analyse")
    assert session.table["mix"]["loudness_lufs"] is None
    assert session.table["advice"]["mix_at_suggestion"]["loudness_lufs_after"] is None
    assert session.do("compare").data["now"]["loudness_lufs"] is None


@pytest.mark.parametrize(
    ("song", "why"),
    [
        (levelled(FLAWS_DB, seconds=2.0), "too short to judge"),
        (
            Song(levelled().audio * torch.tensor([1.0, 0, 0, 0])[:, None, None], levelled().names, 8000),
            "only one stem sounds",
        ),
    ],
)
def test_what_cannot_be_judged_can_be_moved_and_measured(song, why):
    session = Session(song, LevelEar())
    for operation in ("analyse", "apply", "explain"):
        with pytest.raises(InputError, match=why):
            session.do(operation)
    session.do("nudge", {"stem": "vocals", "by_db": -3})
    outcome = session.do("measure")
    assert outcome.data["loudness_lufs"] == pytest.approx(
        integrated_lufs(song.mix([-3.0, 0.0, 0.0, 0.0]), 8000), abs=0.01
    )
    assert outcome.data["left_db"] is None
    assert why in outcome.said
    session.do("undo")
    assert session.table["advice"] is None


def test_all_that_is_linked_leaves_nothing_to_judge():
    session = Session(levelled(FLAWS_DB), LevelEar())
    session.do("link", {"stems": list(session.song.names)})
    with pytest.raises(InputError, match="all that sounds moves together"):
        session.do("analyse")
    session.do("unlink", {"stem": "bass"})
    assert session.do("analyse").changes == ()


def test_a_song_of_one_role_is_judged_moved_and_measured():
    song = levelled({"other": 6.0})
    session = Session(Song(song.audio, ("kick", "snare", "toms", "hat"), 8000), LevelEar())
    assert session.table["groups"] == [{"role": "drums", "stems": ["kick", "snare", "toms", "hat"]}]
    session.do("analyse")
    assert [row["group"] for row in session.table["stems"]] == ["drums"] * 4
    session.do("nudge", {"stem": "hat", "by_db": -6})
    assert session.do("measure").data["left_db"].keys() == {"kick", "snare", "toms", "hat"}


def test_locks_keep_their_place_when_the_balance_of_the_rest_is_applied(session):
    session.do("lock", {"stems": ["bass", "vocals"]})
    assert session.do("apply").said == "Nothing moves: no fader needs to."
    with pytest.raises(InputError, match="“vocals” is locked"):
        session.do("apply", {"stems": ["vocals"]})
    with pytest.raises(InputError, match="“vocals” is locked"):
        session.do("reset", {"stems": ["vocals", "drums"]})


def test_reset_puts_back_what_is_not_locked(session):
    session.do("set", {"stem": "bass", "gain_db": 2})
    session.do("lock", {"stems": ["bass"]})
    session.do("set", {"stem": "drums", "gain_db": 3})
    assert session.do("reset").said == "Moved “drums” from +3.0 to 0.0 dB."
    assert faders(session)["bass"] == 2.0
    assert session.do("reset").said == "Nothing moves: the faders stand at 0 dB already."
