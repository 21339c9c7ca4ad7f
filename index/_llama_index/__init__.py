"""For llama-index: ``nodes`` (parser, embedding and retriever) and ``vector_store``."""
