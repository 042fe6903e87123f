"""A library of sounds of any size: indexed in shards by many processes, learnt from without being
held in memory.

Named here is what reading an index takes; `indexing` makes one, by an executor of `executors`.
"""

from messina.library.columns import MANIFEST, SOUNDS_NAME, Manifest, read_manifest
from messina.library.library_index import IndexedRows, IndexedSounds, LibraryIndex, is_index

__all__ = [
    "MANIFEST",
    "SOUNDS_NAME",
    "IndexedRows",
    "IndexedSounds",
    "LibraryIndex",
    "Manifest",
    "is_index",
    "read_manifest",
]
