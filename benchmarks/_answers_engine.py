"""llama-index's CitationQueryEngine on the same model and the same passages as ours."""

from __future__ import annotations

import time
from typing import Any

from index import Archive
from qa import LanguageModel, Message, search_question

CONTEXT = 4096
"""Tokens, of the embedded model as it is started."""
MOST_TOKENS = 256
"""Of a reply; the default of llama-index's language models."""


class Engine:
    """The engine with its defaults: its prompts, chunks of 512 tokens, compact synthesis.

    Its passages are the first ``top_k`` of our own search; the model is spoken to through the
    same client as ours, without a schema, at temperature 0.
    """

    def __init__(self, archive: Archive, model: LanguageModel, top_k: int) -> None:
        from llama_index.core.query_engine import CitationQueryEngine

        self._llm = _through(model)
        self._engine = CitationQueryEngine(_retriever(archive, top_k), llm=self._llm)

    def ask(self, question: str) -> dict[str, Any]:
        """Its answer, what it can cite (from 1), tokens and seconds."""
        before = dict(self._llm.spent)
        started = time.perf_counter()
        response = self._engine.query(question)
        seconds = time.perf_counter() - started
        spent = {name: count - before[name] for name, count in self._llm.spent.items()}
        sources = [
            {
                "text": node.node.get_content().partition(":\n")[2].strip(),
                "known": list(node.node.metadata.values()),
            }
            for node in response.source_nodes
        ]
        return {"text": str(response), "sources": sources, "seconds": seconds, "tokens": spent}


def _retriever(archive: Archive, top_k: int) -> Any:
    """The search that our answers rest on, where llama-index wants a retriever."""
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

    class OurSearch(BaseRetriever):
        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            hits = search_question(archive, query_bundle.query_str, k=top_k).hits
            return [
                NodeWithScore(
                    node=TextNode(
                        id_=hit.passage.id,
                        text=hit.passage.text,
                        metadata={
                            name: value
                            for name in ("title", "outlet", "published")
                            if (value := getattr(hit.article, name))
                        },
                    ),
                    score=hit.score,
                )
                for hit in hits
            ]

    return OurSearch()


def _through(model: LanguageModel) -> Any:
    """``model`` where llama-index wants a language model."""
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

    class ThroughOurs(CustomLLM):
        """A chat model that is asked with one message."""

        spent: dict[str, int]

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(
                context_window=CONTEXT, num_output=MOST_TOKENS, model_name=model.name
            )

        def complete(
            self, prompt: str, formatted: bool = False, **kwargs: Any
        ) -> CompletionResponse:
            del formatted, kwargs
            message: Message = {"role": "user", "content": prompt}
            text, read, written = "", 0, 0
            for chunk in model.stream([message], {}, max_tokens=MOST_TOKENS):
                text += chunk.text
                # Told more than once while the prompt is read; the last word counts.
                read = chunk.prompt_tokens or read
                written = chunk.completion_tokens or written
            self.spent["requests"] += 1
            self.spent["prompt"] += read
            self.spent["completion"] += written
            return CompletionResponse(text=text)

        def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
            yield self.complete(prompt, formatted, **kwargs)

    return ThroughOurs(spent={"prompt": 0, "completion": 0, "requests": 0})
