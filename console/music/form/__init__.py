"""Form: where sections begin, which are alike, what enters and rests, and how loud they are."""

from console.music.form.form import form

__all__ = ["form"]
