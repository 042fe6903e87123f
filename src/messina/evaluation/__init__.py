"""Metrics that say how good sounds are: pure functions of arrays, conventions on top of each file.

signal_levels mono, loudness, the same sound at another level
spectra       a sound beside another: log-spectral distance, convergence, attack, envelope, tail
sound_quality clicks, DC, true peak, tone above hiss; flux, range, answer to velocity; tuning
timbre        a sound as a point, and as a finer one (its timbre)
distribution  kernel distance, density and coverage of sets of points; what real halves reach
two_sample    can a classifier tell, and how surely, on a scale of known changes
changes       known changes, inaudible and audible ones
learnt_ears   sounds as learnt networks hear them
copies        which generated sounds are copies; what of a long one has been heard before
metrics       names, units and directions of all of them
scoring       all metrics of a sound, of a pair, of two sets

sequence_windows   long sounds as sets of points, flux, drift and range of the level
sequence_rhythm    onsets, intervals, beat and bar; stuck or random
texture_statistics moments, correlations and modulation of cochlear envelopes
sequence_metrics   names, units and directions of these
sequence_scoring   all of them beside their references
"""
