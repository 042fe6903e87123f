"""Recordings of rhythms → hits and phrases: onsets, tempo, grid, clusters."""

from messina.rhythm.grooves import GrooveMaterial, KnownVoices, phrase_of, read_grooves
from messina.rhythm.onsets import Onsets
from messina.rhythm.recognising import Kind, Recognised, recognise

__all__ = [
    "GrooveMaterial",
    "Kind",
    "KnownVoices",
    "Onsets",
    "Recognised",
    "phrase_of",
    "read_grooves",
    "recognise",
]
