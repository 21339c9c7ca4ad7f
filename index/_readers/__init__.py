"""Files in, raw documents out.

A reader never raises for a bad document: it names the file and the reason and goes on with the
rest. ``folders`` walks, ``files`` decides what kind a file is, a module for each kind reads it.
"""

from index._readers.documents import Failure, OnFailure, RawDocument
from index._readers.files import Kinds
from index._readers.folders import read_path
from index._readers.sidecars import SIDECAR, SIDECARS

__all__ = ["SIDECAR", "SIDECARS", "Failure", "Kinds", "OnFailure", "RawDocument", "read_path"]
