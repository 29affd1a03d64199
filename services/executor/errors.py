"""What can stand in the way of a run: what passes is tried again, what stays is the end of a run not yet launched."""


class HostUnreachable(Exception):  # noqa: N818 - read as a sentence
    """The host or the connection to it is not there now; to be tried again. The message is for operators."""


class HostRefused(Exception):  # noqa: N818 - as above
    """It will be the same next time: wrong key, no such script. The message is for operators."""
