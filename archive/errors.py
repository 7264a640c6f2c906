"""What can go wrong, one class for each case that some caller treats differently."""


class ArchiveError(Exception):
    """Something expected was not found; the message says what, where, and what was there instead."""


class ExtractionError(ArchiveError):
    """A page, or one update on it, could not be read."""


class NoUpdatesError(ExtractionError):
    """The page was read but shows no live updates, so it is no live page as far as we can tell."""


class NewerArchiveError(ArchiveError):
    """The archive was made by a newer version of Stop Press."""


class LockedError(ArchiveError):
    """Another crawler is at work on this archive."""


class AddressError(ArchiveError):
    """What was given as an address is no http or https address."""


class ForgottenError(ArchiveError):
    """Nothing is left to forget: it was forgotten before."""
