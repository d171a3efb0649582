"""The agent as a program for Windows: built, moved elsewhere, and run without any Python."""

import shutil
import subprocess
import sys
import zipfile

import pytest

import run
from tests.faults.service import ROOT
from tests.wine import prefix
from tests.wine.windows import heard, windows_path

pytestmark = pytest.mark.wine_build


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """PyInstaller for Windows; from the cache where it was fetched before."""
    folder = tmp_path_factory.mktemp("tools")
    command = [
        *(run.present_uv(), "pip", "install", "--quiet", "--python", sys.executable),
        *("--target", folder, "--python-platform", "x86_64-pc-windows-msvc"),
        *("--python-version", "3.11", "--only-binary", ":all:", "--require-hashes", "--no-deps"),
        *("-r", ROOT / "tools" / "build-requirements.txt"),
        *("--cache-dir", prefix.cache() / "wheels"),
    ]
    if subprocess.run([*command, "--offline"], check=False, capture_output=True).returncode:
        subprocess.run(command, check=True)
    return folder


def test_the_portable_agent_runs_where_no_python_is(windows, tools, tmp_path):
    out, elsewhere = tmp_path / "out", tmp_path / "Программы 1С"
    places = {"PYTHONPATH": f"{windows_path(ROOT)};{windows_path(tools)}", "PYTHONSAFEPATH": ""}
    script = windows_path(ROOT / "tools" / "build_agent.py")
    with windows.popen([script, "--out", windows_path(out)], places) as builder:
        said, complaint = heard(builder, patience=900)
    assert builder.returncode == 0, complaint
    [archive] = out.glob("*.zip")
    assert said.strip().endswith(archive.name)
    shutil.rmtree(out / "podkluch-agent")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(elsewhere)
    program = windows_path(elsewhere / "podkluch-agent" / "podkluch-agent.exe")
    home = {"PODKLUCH_HOME": windows_path(tmp_path / "home"), "PYTHONPATH": ""}
    with windows.program([program, "status", "--json"], home) as agent:
        said, complaint = heard(agent)
    assert agent.returncode == 0, complaint
    assert '"outcome"' in said
    with windows.program([program, "com-worker"], home) as worker:
        said, complaint = heard(worker, "not a protocol\n")
    assert '"begun"' in said, complaint
