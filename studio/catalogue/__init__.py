"""A catalogue of songs, corrected in many processes: what is finished stays, and what fails stops no other."""
