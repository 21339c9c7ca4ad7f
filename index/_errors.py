"""The one exception tree of the project.

    PullquoteError               the thing asked for failed             exit code 1
    ├── ArchiveError             the archive on disk cannot be used     exit code 1
    ├── UsageError               the request itself is wrong            exit code 2
    │   └── UnknownArticle       no article has this id                 exit code 2
    └── UnavailableError         a needed service or model is missing   exit code 3
        ├── ModelFileError       a model file is absent or damaged      exit code 3
        └── EndpointError        a language model endpoint failed       exit code 3

Every error carries a ``hint``: what the reader of the message can do next.
"""

from __future__ import annotations


class PullquoteError(Exception):
    """Base of every error this project raises on purpose.

    Args:
        message: What happened, in one sentence, naming the file or address.
        hint: What to do next, as an instruction; empty when there is nothing to do.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ArchiveError(PullquoteError):
    """The archive on disk cannot be opened or is inconsistent."""


class UsageError(PullquoteError):
    """The request is wrong in itself: an empty question, a reversed date range."""

    exit_code = 2


class UnknownArticle(UsageError):  # noqa: N818 - it says what is the matter
    """No article in the archive has the id asked for."""


class UnavailableError(PullquoteError):
    """Something outside the program that is needed is not there."""

    exit_code = 3


class ModelFileError(UnavailableError):
    """A model file is missing, or its content is not the content that was pinned."""


class EndpointError(UnavailableError):
    """A language model endpoint is unreachable, too slow, or answers nonsense."""
