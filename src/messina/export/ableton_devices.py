"""Devices of Ableton Live 12 as its presets hold them, all knobs neutral, in a shorthand of XML.

    Name                an element; what is indented below is within it
    Name key=value …    with these attributes
    Name = value        with this as its attribute Value
    Name: value         a switch (true, false) or a choice, which can be automated
    Name: value low high    a knob, which can be modulated, too, and its range

The format is not documented. Names, order and ranges are those that Live 12.1 writes, and those
of its presets that others have published.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Final

__all__ = ["DEVICE", "DRUM_BRANCH", "DRUM_RACK", "MIXER", "SAMPLER", "elements", "with_values"]

_ROUTES: Final = "".join(
    f" {name}\n"
    + "".join(f"  ModConnections.{i}\n   Amount = 0\n   Connection = 0\n" for i in range(2))
    + ("  Feedback = 0\n" if name.startswith("MidiCtrl") else "")
    for name in ("KeyDst", "VelDst", "RelVelDst", *(f"MidiCtrl.{i}" for i in range(6)))
)

DEVICE: Final = """
 LomId = 0
 LomIdView = 0
 IsExpanded = true
 BreakoutIsExpanded = false
 On: true
 ModulationSourceCount = 0
 ParametersListWrapper LomId=0
 Pointee Id=0
 LastSelectedTimeableIndex = 0
 LastSelectedClipEnvelopeIndex = 0
 LastPresetRef
  Value
 LockedScripts
 IsFolded = false
 ShouldShowPresetName = true
 UserName =
 Annotation =
 SourceContext
  Value
 MpePitchBendUsesTuning = true
 OverwriteProtectionNumber = 3073
"""
"""What every device begins with."""

SAMPLER: Final = f"""
MultiSampler
{DEVICE}
 Player
  MultiSampleMap
   SampleParts
   LoadInRam = false
   LayerCrossfade = 0
   SourceContext
   RoundRobin = false
   RoundRobinMode = 0
   RoundRobinResetPeriod = 0
   RoundRobinRandomSeed = 0
  LoopModulators
   IsModulated = false
   SampleStart: 0 0 1
   SampleLength: 1 0 1
   LoopOn: false
   LoopLength: 1 0 1
   LoopFade: 0 0 1
  Reverse: false
  Snap: false
  SampleSelector: 0 0 127
  SubOsc
   IsOn: false
   Slot
    Value
  InterpolationMode = 3
  UseConstPowCrossfade = true
 Pitch
  TransposeKey: 0 -48 48
  TransposeFine: 0 -50 50
  PitchLfoAmount: 0 0 1
  Envelope
   IsOn: false
   Slot
    Value
  ScrollPosition = -1073741824
 Filter
  IsOn: false
  Slot
   Value
 Shaper
  IsOn: false
  Slot
   Value
 VolumeAndPan
  Volume: 0 -36 36
  VolumeVelScale: 0 0 1
  VolumeKeyScale: 0 -1 1
  VolumeLfoAmount: 0 0 1
  Panorama: 0 -1 1
  PanoramaKeyScale: 0 -1 1
  PanoramaRnd: 0 0 1
  PanoramaLfoAmount: 0 0 1
  Envelope
   AttackTime: 0.1000000015 0.1000000015 20000
   AttackLevel: 0.0003162277571 0.0003162277571 1
   AttackSlope: 0 -1 1
   DecayTime: 50.0000038 1 60000
   DecayLevel: 1 0.0003162277571 1
   DecaySlope: 1 -1 1
   SustainLevel: 1 0.0003162277571 1
   ReleaseTime: 50 1 60000
   ReleaseLevel: 0.0003162277571 0.0003162277571 1
   ReleaseSlope: 1 -1 1
   LoopMode: 0
   LoopTime: 100 0.200000003 20000
   RepeatTime: 3 0 14
   TimeVelScale: 0 -100 100
   CurrentOverlay = 0
  OneShotEnvelope
   FadeInTime: 0.1000000015 0 2000
   SustainMode: 0
   FadeOutTime: 0.1000000015 0 2000
 AuxEnv
  IsOn: false
  Slot
   Value
 Lfo
  IsOn: false
  Slot
   Value
 AuxLfos.0
  IsOn: false
  Slot
   Value
 AuxLfos.1
  IsOn: false
  Slot
   Value
{_ROUTES}
 Globals
  NumVoices = 14
  NumVoicesEnvTimeControl = false
  RetriggerMode = false
  ModulationResolution = 2
  SpreadAmount: 0 0 100
  KeyZoneShift: 0 -48 48
  PortamentoMode: 0
  PortamentoTime: 50 0.1000000015 10000
  PitchBendRange = 2
  MpePitchBendRange = 48
  ScrollPosition = 0
  EnvScale
   EnvTime: 0 -100 100
   EnvTimeKeyScale: 0 -100 100
   EnvTimeIncludeAttack: true
  IsSimpler = false
  PlaybackMode = 0
  LegacyMode = false
 ViewSettings
  SelectedPage = 0
  ZoneEditorVisible = true
  Seconds = false
  SelectedSampleChannel = 0
  VerticalSampleZoom = 1
  IsAutoSelectEnabled = false
  SimplerBreakoutVisible = false
 SimplerSlicing
  PlaybackMode = 0
"""

MIXER: Final = f"""
AudioBranchMixerDevice Id=0
{DEVICE}
 Speaker: true
 Volume: 1 0.0003162277571 1.99526238
 Panorama: 0 -1 1
 SendInfos
 RoutingHelper
  Routable
   Target = AudioOut/None
   UpperDisplayString = No Output
   LowerDisplayString =
   MpeSettings
    ZoneType = 0
    FirstNoteChannel = 1
    LastNoteChannel = 15
   MpePitchBendUsesTuning = true
  TargetEnum = 0
 SendsListWrapper LomId=0
"""
"""The mixer of a pad."""

_MACROS: Final = {
    "MacroControls": ": 0 0 127",
    "MacroDisplayNames": " = Macro {}",
    "MacroDefaults": " = -1",
    "MacroAnnotations": " =",
    "ForceDisplayGenericValue": " = false",
}
_MORE_MACROS: Final = {
    "ExcludeMacroFromRandomization": " = false",
    "ExcludeMacroFromSnapshots": " = false",
}


def _sixteen(rows: dict[str, str]) -> str:
    return "\n".join(
        f" {name}.{i}{rest.format(i + 1)}" for name, rest in rows.items() for i in range(16)
    )


DRUM_RACK: Final = f"""
DrumGroupDevice Id=0
{DEVICE}
 Branches
 IsBranchesListVisible = false
 IsReturnBranchesListVisible = false
 IsRangesEditorVisible = false
 AreDevicesVisible = true
 NumVisibleMacroControls = 8
{_sixteen(_MACROS)}
 AreMacroControlsVisible = false
 IsAutoSelectEnabled = true
 ChainSelector: 0 0 127
 ChainSelectorRelativePosition = -1073741824
 ViewsToRestoreWhenUnfolding = 0
 ReturnBranches
 BranchesSplitterProportion = 0.5
 ShowBranchesInSessionMixer = false
{_sixteen({"MacroColor": " = -1"})}
 LockId = 0
 LockSeal = 0
 ChainsListWrapper LomId=0
 ReturnChainsListWrapper LomId=0
 MacroVariations
  MacroSnapshots
{_sixteen(_MORE_MACROS)}
 AreMacroVariationsControlsVisible = false
 ChainSelectorFilterMidiCtrl = false
 RangeTypeIndex = 1
 ShowsZonesInsteadOfNoteNames = true
 IsMidiSectionVisible = false
 AreSendsVisible = false
 ArePadsVisible = true
 PadScrollPosition = 9
 DrumPadsListWrapper LomId=0
 VisibleDrumPadsListWrapper LomId=0
"""

DRUM_BRANCH: Final = """
DrumBranchPreset
 Name =
 IsSoloed = false
 DevicePresets
 MixerPreset
 BranchSelectorRange
  Min = 0
  Max = 0
  CrossfadeMin = 0
  CrossfadeMax = 0
 SessionViewBranchWidth = 55
 DocumentColorIndex = 12
 AutoColored = true
 AutoColorScheme = 0
 SourceContext
 ZoneSettings
  ReceivingNote = 64
  SendingNote = 60
  ChokeGroup = 0
"""
"""A pad: what is on it, and which key it answers to, counted down from 128."""


def elements(shorthand: str) -> ET.Element:
    """The element that a text in the shorthand stands for."""
    stack: list[ET.Element] = []
    for line in shorthand.splitlines():
        text = line.strip()
        if not text:
            continue
        depth = len(line) - len(line.lstrip())
        element = _element(text)
        if depth:
            stack[depth - 1].append(element)
        del stack[depth:]
        stack.append(element)
    return stack[0]


def _element(text: str) -> ET.Element:
    name, colon, values = text.partition(": ")
    if colon:
        return _parameter(name, values.split())
    name, equals, value = text.partition(" =")
    if equals:
        return ET.Element(name, Value=value.strip())
    name, *attributes = text.split()
    return ET.Element(name, dict(attribute.split("=") for attribute in attributes))


def _parameter(name: str, values: list[str]) -> ET.Element:
    """What can be automated: its value, and the ranges that controllers move it in."""
    parameter = ET.Element(name)
    ET.SubElement(parameter, "LomId", Value="0")
    ET.SubElement(parameter, "Manual", Value=values[0])
    targets = ["AutomationTarget"]
    if len(values) == 3:
        _add_range(parameter, "MidiControllerRange", *values[1:])
        targets.append("ModulationTarget")
    for target in targets:
        ET.SubElement(ET.SubElement(parameter, target, Id="0"), "LockEnvelope", Value="0")
    if values[0] in ("true", "false"):
        _add_range(parameter, "MidiCCOnOffThresholds", "64", "127")
    return parameter


def _add_range(parent: ET.Element, name: str, low: str, high: str) -> None:
    both = ET.SubElement(parent, name)
    ET.SubElement(both, "Min", Value=low)
    ET.SubElement(both, "Max", Value=high)


def with_values(device: ET.Element, values: Mapping[str, object]) -> ET.Element:
    """Copies a device and sets values of it, by path."""
    for path, value in values.items():
        element = device.find(path)
        assert element is not None, path
        manual = element.find("Manual")
        (element if manual is None else manual).set("Value", str(value))
    return device
