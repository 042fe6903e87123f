from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from messina.play import kit
from messina.play.shelf import WEB

LABELS = ("PearlKick", "kick", "bd", "snare", "SabianHatOpen", "hat open", "hat closed", "hihat")
LABELS += ("hh", "ch", "oh", "clap", "rimshot", "tom1", "ride", "PaisteBell", "cowbell", "zap")


def test_the_page_takes_labels_for_the_same_parts() -> None:
    if shutil.which("node") is None:
        pytest.skip("no node here")
    program = (
        f"import {{ ROLES }} from {json.dumps((WEB / 'sounds/roles.js').as_uri())};\n"
        f"const role = (name) => ROLES.findIndex((pattern) => pattern.test(name));\n"
        f"console.log(JSON.stringify({json.dumps(LABELS)}.map(role)));"
    )
    command = ["node", "--input-type=module", "--no-warnings", "-e", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    roles = [role if role >= 0 else len(kit._ROLES) for role in json.loads(done.stdout)]
    assert roles == [kit._role(label) for label in LABELS]


def test_open_and_closed_hats_are_two_parts_of_a_kit() -> None:
    assert kit._role("hat open") != kit._role("hat closed")
    assert kit._role("cowbell") != kit._role("ride bell")
