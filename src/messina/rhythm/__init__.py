"""Recordings of rhythms → hits and phrases: onsets, tempo, grid, clusters."""
