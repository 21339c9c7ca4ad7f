"""Everything that talks to Chroma: collections in a folder of ours or on a server.

Nothing of an article's text goes in: ids, vectors, and what a filter may ask for. The text is cut
from the store, so Chroma can neither leak it nor disagree with it. That is also why nodes are not
written by llama-index's ``ChromaVectorStore``, which keeps every node as JSON beside its metadata
(measured: twice the time and the disk). It reads a collection as it is written here, see
``ArchiveVectorStore``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from index._article import sha256_hex
from index._errors import ArchiveError, UnavailableError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

# Recall@10 against exact search, real questions on 30,000 passages as benchmarks/scale.py makes
# them: .999 in 1.3 ms. M 16 with ef 100 is built in three fifths of the time and finds .982; a
# search wide enough to make up for that (ef 400) takes, at 100,000, as long as the exact one.
HNSW = {
    "space": "cosine",
    "max_neighbors": 32,
    "ef_construction": 200,
    "ef_search": 200,
    # Chroma keeps so many changes in a log before it writes its graph, and does so at most once
    # a call: with the least there is, what is deleted leaves the graph and the log at once.
    "sync_threshold": 2,
    "batch_size": 2,
}
# Chroma takes 5,461 a call and writes its whole graph after each: few large calls are cheapest.
BATCH = 5000
SELF_QUERIES = 20
# Of these so many may miss themselves.
MOST_LOST = 0.25
CONNECT_SECONDS, ANSWER_SECONDS = 4.0, 60.0
DEFAULT_PORT = 8000

# Chroma keeps a registry of open folders for the whole process and does not guard it.
_REGISTRY = threading.Lock()


class Row(NamedTuple):
    """A passage in the index: its id, the hash of what was embedded, and what filters ask for."""

    id: str
    input: str
    article: str
    outlet: str | None
    day: int | None

    @property
    def mark(self) -> str:
        """Changes with everything that is in the index under this id."""
        return sha256_hex(f"{self.input}\0{self.outlet}\0{self.day}")[:16]

    @property
    def metadata(self) -> dict[str, str | int]:
        """Chroma's filters compare numbers only, so a date is an integer, YYYYMMDD."""
        given = {"article": self.article, "outlet": self.outlet, "published_day": self.day}
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a collection is: in ``folder``, or on the server at ``url``."""

    folder: Path
    url: str | None
    collection: str

    def open(self) -> Any:
        """A client; to be closed with :func:`close_client`.

        Raises:
            UnavailableError: The server does not answer.
        """
        return _connect(self.url) if self.url else _embedded(self.folder)


def check_url(url: str) -> str:
    """The address without a trailing slash.

    Raises:
        UsageError: It is no HTTP address.
    """
    _address(url)
    return url.rstrip("/")


def close_client(client: Any) -> None:
    sessions = _sessions(client)
    with _REGISTRY:
        client.close()
    for session in sessions:  # Chroma leaves its connections open
        session.close()


def create(client: Any, name: str) -> Any:
    # Without this None, Chroma would fetch a model for texts; there are none.
    return client.create_collection(name, configuration={"hnsw": HNSW}, embedding_function=None)


def find(client: Any, name: str) -> Any:
    return client.get_collection(name, embedding_function=None)


def nearest(collection: Any, vectors: Vectors, k: int) -> list[list[tuple[str, float]]]:
    """For each vector ``(passage id, cosine similarity)``, best first.

    Chroma sets memory aside for ``k`` results and takes ten milliseconds to count a hundred
    thousand: the caller knows how many there are.
    """
    if k < 1:
        return [[] for _ in vectors]
    result = collection.query(query_embeddings=vectors, n_results=k, include=["distances"])
    return [
        [(i, 1.0 - float(distance)) for i, distance in zip(ids, distances, strict=True)]
        for ids, distances in zip(result["ids"], result["distances"], strict=True)
    ]


def all_ids(collection: Any) -> set[str]:
    found: set[str] = set()
    # Chroma binds a variable for every id it returns; SQLite allows so many.
    while page := collection.get(include=[], limit=BATCH, offset=len(found))["ids"]:
        found.update(page)
    return found


def add(
    collection: Any, rows: Sequence[Row], vectors: Vectors, progress: Callable[[int], None]
) -> None:
    """Add rows with their vectors; ids that are there already are left as they are."""
    for first in range(0, len(rows), BATCH):
        batch = rows[first : first + BATCH]
        collection.add(
            ids=[row.id for row in batch],
            embeddings=vectors[first : first + len(batch)],
            metadatas=[row.metadata for row in batch],
        )
        progress(first + len(batch))


def remove(collection: Any, ids: Sequence[str], kept: Row) -> None:
    """Delete rows, and leave their ids nowhere but in the free pages of Chroma's database.

    The log keeps its last changes: ``kept``, which stays as it is, is changed last.

    Raises:
        ArchiveError: The collection is of an earlier version, which wrote its graph too seldom.
    """
    if collection.configuration_json["hnsw"]["sync_threshold"] != HNSW["sync_threshold"]:
        raise ArchiveError("This vector index cannot forget.", "Run: pullquote index rebuild")
    for first in range(0, len(ids), BATCH):
        collection.delete(ids=list(ids[first : first + BATCH]))
    for _ in range(2):
        collection.update(ids=[kept.id], metadatas=[kept.metadata])


def check(collection: Any, ids: Sequence[str], vectors: Vectors) -> None:
    """The collection holds every passage, and of a sample most find themselves.

    Raises:
        ArchiveError: It does not.
    """
    if collection.count() != len(ids):
        raise ArchiveError(
            f"The new vector index holds {collection.count()} of {len(ids)} passages.",
            "Run: pullquote index rebuild",
        )
    if lost := lost_sample(lambda some: nearest(collection, some, 1), vectors):
        raise ArchiveError(
            f"The new vector index does not find passage {ids[lost[0]]}.",
            "Run: pullquote index rebuild",
        )


def lost_sample(
    search: Callable[[Vectors], list[list[tuple[str, float]]]], vectors: Vectors
) -> list[int]:
    """The rows of a sample that a search does not find, if they are too many; else none.

    The graph is approximate: among hundreds of nearly equal texts a vector may not be found from
    where a search starts. An index whose vectors are not those of its ids finds hardly any.
    """
    rows = range(0, len(vectors), max(1, len(vectors) // SELF_QUERIES))
    if not rows:
        return []
    lost = []
    for row, found in zip(rows, search(vectors[rows.start : rows.stop : rows.step]), strict=True):
        # Equal texts have equal vectors, so the nearest may be a twin: compare the distance.
        if not found or found[0][1] < 1 - 1e-3:
            lost.append(row)
    return lost if len(lost) > len(rows) * MOST_LOST else []


def drop(place: Place) -> None:
    """Delete a collection from its server, if that can be reached; a folder needs no such thing."""
    if place.url is None:
        return
    with suppress(Exception), client(place) as opened:
        opened.delete_collection(place.collection)


@contextmanager
def client(place: Place) -> Iterator[Any]:
    """An open client, closed at the end. See :meth:`Place.open`."""
    opened = place.open()
    try:
        yield opened
    finally:
        close_client(opened)


@contextmanager
def named_trouble(url: str | None) -> Iterator[None]:
    """Trouble with the connection to a server as :class:`UnavailableError`."""
    if url is None:
        yield
        return
    import httpx

    try:
        yield
    except (httpx.HTTPError, ConnectionError) as error:
        raise _unavailable(url, error) from error


def _embedded(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    with _REGISTRY:
        return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def _connect(url: str) -> Any:
    import httpx

    host, port, secure = _address(url)
    try:
        # Chroma's client waits for ever for a server, and leaks where something else answers.
        beat = httpx.get(f"{url}/api/v2/heartbeat", timeout=CONNECT_SECONDS, trust_env=False)
        beat.raise_for_status().json()["nanosecond heartbeat"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise _unavailable(url, error) from error
    import chromadb
    from chromadb.config import Settings

    try:
        with _REGISTRY:
            opened = chromadb.HttpClient(
                host, port, ssl=secure, settings=Settings(anonymized_telemetry=False)
            )
    except Exception as error:  # of another version, without the default database …
        raise _unavailable(url, error) from error
    for session in _sessions(opened):
        session.timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    return opened


def _sessions(client: Any) -> list[Any]:
    """The HTTP clients inside Chroma's, which has no way to set their time limits or close them."""
    servers: list[Any] = [getattr(part, "_server", None) for part in (client, client._admin_client)]
    return [server._session for server in servers if hasattr(server, "_session")]


def _unavailable(url: str | None, error: Exception) -> UnavailableError:
    return UnavailableError(
        f"The Chroma server at {url} cannot be used: {error or type(error).__name__}.",
        "Start it (chroma run), or unset PULLQUOTE_CHROMA_URL to keep the index in the archive.",
    )


def _address(url: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"The address of the Chroma server is {url!r}.", "Write it as http://127.0.0.1:8000."
        )
    secure = parts.scheme == "https"
    return parts.hostname, port or (443 if secure else DEFAULT_PORT), secure
