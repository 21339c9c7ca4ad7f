"""Embeddings: the local MiniLM as an ONNX graph, and the seam other models fit into."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from index import _model_files

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

# The model's own training length; longer inputs are cut by its tokenizer.
MAX_WORD_PIECES = 256
BATCH = 32


class Embedding(Protocol):
    """What the archive needs of an embedding model.

    Attributes:
        name: Identifies model and version; vectors are stored under it.
        dimension: Length of a vector.
    """

    name: str
    dimension: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit-length vectors, shape ``(len(texts), dimension)``, float32, in input order."""
        ...


class MiniLM:
    """all-MiniLM-L6-v2 on onnxruntime: mean over the word pieces, then L2 normalisation.

    The graph is loaded on first use. ``embed`` may be called from several threads.

    Args:
        path: The pinned ``model.onnx``.
        threads: Threads for one call; the machine's count when None.
    """

    name = "all-MiniLM-L6-v2/int8"
    dimension = 384

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        self._path = path
        self._threads = threads or os.cpu_count() or 1

    @classmethod
    def open(cls, models_dir: Path) -> MiniLM:
        """The model in ``models_dir``.

        Raises:
            ModelFileError: It is not there; the hint says how to get it.
        """
        return cls(_model_files.require("minilm", models_dir))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Embedding`. Batches are sorted by length so that little is padding."""
        import numpy as np

        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # The tokenizer takes no lone surrogates, which is how a command line's odd bytes arrive.
        sound = [text.encode("utf-8", "replace").decode() for text in texts]
        encodings = self._tokenizer.encode_batch(sound)
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            width = max(len(encodings[i].ids) for i in batch)
            ids = np.zeros((len(batch), width), dtype=np.int64)
            mask = np.zeros((len(batch), width), dtype=np.int64)
            for row, i in enumerate(batch):
                pieces = encodings[i].ids
                ids[row, : len(pieces)] = pieces
                mask[row, : len(pieces)] = 1
            (hidden,) = self._session.run(
                None,
                {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)},
            )
            weights = mask[:, :, None].astype(np.float32)
            pooled = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
            vectors[batch] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return vectors

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        data = resources.files("index.data").joinpath("minilm-tokenizer.json").read_bytes()
        tokenizer = Tokenizer.from_buffer(data)
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_WORD_PIECES)
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        # The memory arena is never given back; without it a long sync stays small.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            str(self._path), options, providers=["CPUExecutionProvider"]
        )
