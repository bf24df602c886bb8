"""The genre by which a balance could be judged, where tags leave little doubt."""

from console.balance.genre import Genre
from console.music.music import Tags

SURE = 0.6  # of those said so, about four of five are right on composed songs
APART = 0.1  # from the next genre
NAMED = {
    Genre.ROCK: ("rock", "classic rock", "hard rock", "progressive rock", "alternative", "indie", "punk"),
    Genre.METAL: ("metal",),
    Genre.POP: ("pop",),
    Genre.RAP: ("hip hop",),
    Genre.COUNTRY: ("country",),
    Genre.ELECTRONIC: ("electronic", "techno", "house", "dance"),
    Genre.FUNK: ("funk",),
    Genre.JAZZ: ("jazz",),
    Genre.FOLK: ("folk",),
}


def sure_genre(tags: Tags) -> Genre | None:
    """The genre that the tags name; None where they name none, are not sure, or name two.

    No tag speaks of ballads, Latin music or reggae, so that those are never named.
    """
    told = {tag.name: tag.probability for tag in tags.genres}
    likely = {genre: max(told.get(name, 0.0) for name in names) for genre, names in NAMED.items()}
    first, second = sorted(likely, key=lambda genre: -likely[genre])[:2]
    return first if likely[first] >= SURE and likely[first] - likely[second] >= APART else None
