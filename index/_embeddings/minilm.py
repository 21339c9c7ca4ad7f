"""Embeddings: the local MiniLM as an ONNX graph, and the seam other models fit into."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib import resources
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from index._embeddings import model_files

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

# The model's own training length; longer inputs are cut by its tokenizer.
MAX_WORD_PIECES = 256


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

    The pinned file's 8-bit weights, computed with in 8 bits (see ``_minilm_graph``). A text is
    run by itself, so nothing is padded, and its vector is the same, bit for bit, whatever it is
    embedded with; several texts run at once, one on each core, which for a model of this size
    beats splitting each product among the cores. The graph is loaded on first use. ``embed`` may
    be called from several threads.

    Args:
        path: The pinned ``model.onnx``.
        threads: Texts embedded at once; the machine's count of cores when None.
    """

    # Vectors are kept under this name: it changes with whatever changes them.
    name = "all-MiniLM-L6-v2/w8a8"
    dimension = 384

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        self._path = path
        self._threads = threads or os.cpu_count() or 1
        self._loading = Lock()

    @classmethod
    def open(cls, models_dir: Path) -> MiniLM:
        """The model in ``models_dir``.

        Raises:
            ModelFileError: It is not there; the hint says how to get it.
        """
        return cls(model_files.require("minilm", models_dir))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Embedding`."""
        import numpy as np

        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # The tokenizer takes no lone surrogates, which is how a command line's odd bytes arrive.
        sound = [text.encode("utf-8", "replace").decode() for text in texts]
        pieces = [encoding.ids for encoding in self._tokenizer.encode_batch(sound)]
        with self._loading:
            session = self._session
        # Longest first, so that no core is left with a long one at the end.
        order = iter(sorted(range(len(texts)), key=lambda i: -len(pieces[i])))
        taking = Lock()

        def work() -> None:
            while True:
                with taking:
                    i = next(order, None)
                if i is None:
                    return
                (vectors[i : i + 1],) = session.run(None, {"input_ids": np.array([pieces[i]])})

        helpers = min(self._threads, len(texts)) - 1
        if helpers < 1:
            work()
            return vectors
        with ThreadPoolExecutor(helpers) as pool:
            futures = [pool.submit(work) for _ in range(helpers)]
            work()
            for future in futures:
                future.result()
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
        from index._embeddings import minilm_graph

        signed = _multiplies_signed_exactly()
        return _open_session(minilm_graph.build(self._path.read_bytes(), signed=signed))


def _multiplies_signed_exactly() -> bool:
    """Whether this machine's product of 8-bit integers is exact when one side is signed.

    Without VNNI (x86 before about 2019) onnxruntime uses an instruction that saturates.
    """
    import numpy as np

    from index._embeddings import minilm_graph

    session = _open_session(minilm_graph.probe())
    (sums,) = session.run(None, {"a": np.full((1, 64), 255, np.uint8)})
    return bool((sums == 64 * 255 * 127).all())


def _open_session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # The graph is as it should run; fusing more makes it slower.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    # The memory arena is never given back; without it a long sync stays small.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
