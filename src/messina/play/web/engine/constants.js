/* Numbers of what sounds, the same in Python: written by its module play/constants; do not edit. */

/** Tags: what the numbers of a sound's or a piece's seed are for. */
export const PURPOSE = Object.freeze({"SOUND": 1, "LAYER": 2, "LONE": 3, "NEAR": 4, "STRAY": 5, "NOISE": 6, "STRIKE": 7, "EVENTS": 8, "TEXTURE": 9});

/** Of what is fed back, and of factors and times: see the Python module rounding. */
export const GRID = 1.52587890625e-05;
export const FINE_GRID = 9.313225746154785e-10;

/** Of the fine spectrum of a sound's noise: see the Python module frames/excitation. */
export const FINE = Object.freeze({"loop": 131072, "cellBins": 8, "cells": 8192, "most": 15, "lowDb": -30.0, "stepDb": 3.0, "flat": 10});

/** Where the noise's levels are told, in bins of its spectra. */
export const GROUP_BINS = Object.freeze([0.0, 1.0, 2.1510556895141617, 3.475984889877084, 5.001052184158274, 6.756489570132608, 8.77709576084423, 11.102926012930379, 13.7800861574383, 16.861646573514705, 20.408694223021065, 24.4915436009632, 29.191130606872854, 34.60061696839198, 40.82723702216783, 47.99442346150951, 56.24425419032248, 65.7402687882514, 76.6707104189071, 89.25225744677572, 103.73431873609388, 120.40397777905633, 139.59168366271953, 161.67780168883434, 187.10015350207516, 216.36269619753654, 250.0455124567986, 288.81630975088217, 333.4436565632373, 384.8122180195204, 443.94029294593327, 512.0]);

/** Samples in which a voice ends, in a straight line. */
export const FADES = Object.freeze({"choked": 529, "struckAgain": 1764, "letGo": 5292, "stolen": 441});

/** Of the limiter: amplitudes, samples, seconds. */
export const LIMITER = Object.freeze({"ceiling": 0.8413951416451951, "ahead": 48, "side": 16, "release": 0.08, "safe": 0.6});
