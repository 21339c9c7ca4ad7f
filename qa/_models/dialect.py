"""The part of the OpenAI protocol that differs between servers: structured replies.

Not every server, and not every model, takes every field of a request. A :class:`Dialect` is what
one is thought to understand, and knows which to try next when it did not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from qa._models.language_model import Message


@dataclass(frozen=True, slots=True)
class ReplyFormat:
    """One way to make an endpoint reply with an object that follows a schema.

    Attributes:
        options: From the schema to the request's additional fields.
        enforced: Whether the endpoint itself holds the model to the schema. Where it does not,
            the schema is written into the prompt.
    """

    options: Callable[[Mapping[str, Any]], dict[str, Any]]
    enforced: bool


JSON_SCHEMA = ReplyFormat(
    lambda schema: {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": dict(schema)},
        }
    },
    enforced=True,
)
JSON_OBJECT = ReplyFormat(lambda _: {"response_format": {"type": "json_object"}}, enforced=False)
PLAIN = ReplyFormat(lambda _: {}, enforced=False)

_AS_IT_COMES = ReplyFormat(lambda _: {}, enforced=True)

# Fields that some endpoints or models refuse, though they speak the protocol otherwise.
_Optional: TypeAlias = Literal["max_tokens", "temperature", "seed", "stream_options"]
_OPTIONAL_FIELDS: tuple[_Optional, ...] = ("max_tokens", "temperature", "seed", "stream_options")


@dataclass(frozen=True, slots=True)
class Dialect:
    """Which of the protocol an endpoint understands; the simplest that was found to work."""

    formats: tuple[ReplyFormat, ...]
    without: frozenset[_Optional] = frozenset()

    def request(
        self, messages: Sequence[Message], schema: Mapping[str, Any], max_tokens: int
    ) -> dict[str, Any]:
        # Where the messages themselves say what form the reply has, nothing is added to them.
        reply_format = self.formats[0] if schema else _AS_IT_COMES
        optional: dict[_Optional, Any] = {
            "max_tokens": max_tokens,
            "temperature": 0,
            "seed": 0,
            "stream_options": {"include_usage": True},
        }
        request: dict[str, Any] = {k: v for k, v in optional.items() if k not in self.without}
        if "max_tokens" in self.without:
            request["max_completion_tokens"] = max_tokens
        request["messages"] = (
            list(messages) if reply_format.enforced else _with_schema(messages, schema)
        )
        return request | reply_format.options(schema)

    def simpler(self, refusal: str) -> Dialect | None:
        """The dialect to try after a request was refused with this text, if there is one."""
        for name in _OPTIONAL_FIELDS:
            if name in refusal and name not in self.without:
                return replace(self, without=self.without | {name})
        return replace(self, formats=self.formats[1:]) if len(self.formats) > 1 else None


def _with_schema(messages: Sequence[Message], schema: Mapping[str, Any]) -> list[Message]:
    """The messages with the schema written at the end of the first, which is the system's."""
    told = (
        "Reply with one JSON object and nothing else. It must follow this JSON schema:\n"
        + json.dumps(schema, ensure_ascii=False)
    )
    first, *rest = messages
    if first["role"] == "system":
        return [{"role": "system", "content": f"{first['content']}\n\n{told}"}, *rest]
    return [{"role": "system", "content": told}, *messages]
