"""A library of sounds of any size: indexed in shards by many processes, learnt from without being
held in memory."""

from messina.library.columns import MANIFEST, SOUNDS_NAME, Manifest, read_manifest
from messina.library.executors import Executor, LocalProcesses, RayCluster
from messina.library.indexing import IndexConfig, check_place, index_library
from messina.library.library_index import IndexedRows, IndexedSounds, LibraryIndex, is_index

__all__ = [
    "MANIFEST",
    "SOUNDS_NAME",
    "Executor",
    "IndexConfig",
    "IndexedRows",
    "IndexedSounds",
    "LibraryIndex",
    "LocalProcesses",
    "Manifest",
    "RayCluster",
    "check_place",
    "index_library",
    "is_index",
    "read_manifest",
]
