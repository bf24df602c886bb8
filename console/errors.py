"""The one error that people see."""


class InputError(ValueError):
    """What was asked for cannot be done with what was given.

    The message is one plain sentence that names the file or value and says what to do; a command line prints it
    and exits with status 2. Anything else that escapes is a fault of ours.
    """
