"""What a language model is: messages in, one JSON object out, streamed.

OpenAI, any OpenAI-compatible server and the embedded model differ only in address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypedDict


class Message(TypedDict):
    """One message of the conversation with the model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a reply. Every field may be empty; a chunk without text is a sign of life.

    Attributes:
        text: More of the JSON object.
        prompt_tokens: Of the whole request, by endpoints that count; may come more than once, the
            last counts.
        completion_tokens: As ``prompt_tokens``.
        waiting: Requests that are served before this one, whenever that number changes.
        progress: Share of the prompt the model has read, 0 to 1, where the endpoint tells.
        truncated: The reply was cut off at ``max_tokens``; the object is incomplete.
        alternatives: Probabilities of the tokens that could have stood in the place of this
            text, where the endpoint tells; stripped of white space.
    """

    text: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    waiting: int | None = None
    progress: float | None = None
    truncated: bool = False
    alternatives: Mapping[str, float] | None = None


class LanguageModel(Protocol):
    """Something that replies to messages with a JSON object."""

    @property
    def name(self) -> str:
        """How the model is shown and recorded, e.g. ``local:qwen-1.5b``."""

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> Iterator[Chunk]:
        """Stream one JSON object that follows ``schema``.

        An empty schema asks for no form: the messages say what is wanted. Closing the iterator
        cancels the request.

        Raises:
            EndpointError: Unreachable, too slow, broken off, or not a usable reply. Text yielded
                before stays valid.
        """

    def close(self) -> None:
        """Give back connections and processes. The model may not be used afterwards."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits in seconds.

    Attributes:
        connect: For a connection to be made.
        read: Between two signs of life of a reply. ``None``: 300 on this machine, where a long
            prompt may be read by a slow processor, and 60 elsewhere.
    """

    connect: float = 5.0
    read: float | None = None
