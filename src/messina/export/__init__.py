"""Instruments in formats that others play: sampler packs, and the model itself for other programs.

Sampler packs go through one plan (which sounds, on which keys), one rendering (all of them to WAV
files, on all cores) and one writer a format. They hold finished sounds. The others hold the
instrument, which goes on making new ones: one torch module (torch_…), scripted for nn~ and traced
for ONNX.
"""
