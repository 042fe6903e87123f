"""Metrics that say how good sounds are: pure functions of arrays, conventions on top of each file.

levels       mono, loudness, the same sound at another level
spectra      log-spectral distance, spectral convergence
envelope     attack, envelope, tail
pitch        cents out of tune
cleanliness  clicks, DC, true peak, tone above hiss
dynamics     flux, loudness range, answer to velocity, spread of repeats
descriptors  a sound as a point
distribution kernel distance, density and coverage of sets of points
two_sample   can a classifier tell
timbre       a sound as a finer point
changes      known changes, inaudible and audible ones
aisfx, transcriber    sounds as learnt networks hear them
likeness     how surely a sharper classifier tells, on a scale of these
copies       which generated sounds are copies
reference    the same metric between two halves of the real sounds
metrics      names, units and directions of all of them
scoring      all metrics of a sound, of a pair, of two sets

sequence_windows  long sounds as sets of points, flux
sequence_onsets   onsets, intervals, beat and bar
sequence_repeats  stuck or random
sequence_copies   what has been heard before
sequence_levels   drift and range of the level
texture_statistics  moments, correlations and modulation of cochlear envelopes
sequence_metrics  names, units and directions of these
sequence_scoring  all of them beside their references
"""
