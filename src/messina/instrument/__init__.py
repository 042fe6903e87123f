"""Instruments: what is learnt from a corpus, kept in one file and played without torch."""

from messina.instrument.instrument import Instrument

__all__ = ["Instrument"]
