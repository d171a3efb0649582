"""How the connector is found: by the registry, by its path, or not at all."""

import pytest

from tests.wine.windows import CONNECTOR, NEWER_CONNECTOR

REGISTERED = r"HKLM\Software\Classes\CLSID\{181E893D-73A4-4722-B61D-D604B3D67D47}\InprocServer32"


def test_the_registered_connector_is_found_by_its_name(windows, infobase):
    assert windows.fact("begins", infobase.path) == [{"hresult": "00000000"}]


@pytest.mark.usefixtures("unregistered")
def test_a_class_that_nobody_registered_is_unknown(windows, infobase):
    [told] = windows.fact("begins", infobase.path)
    assert told["hresult"] == "800401f3"


@pytest.mark.usefixtures("unregistered")
def test_a_registered_file_that_is_gone_starts_nothing(windows, infobase):
    windows.run(["regsvr32", "/s", CONNECTOR])
    windows.run(["reg", "add", REGISTERED, "/ve", "/d", r"C:\gone\comcntr.dll", "/f"])
    [told] = windows.fact("begins", infobase.path)
    assert told["hresult"] == "80070005"  # of Wine; Windows says 8007007e here


@pytest.mark.usefixtures("unregistered")
def test_two_versions_are_reached_by_their_paths_without_the_registry(windows, new_infobase):
    infobase = new_infobase(server=1)
    for dll, version in ((CONNECTOR, "8.3.23.1739"), (NEWER_CONNECTOR, "8.3.24.1")):
        infobase.set(app_version=version)
        assert windows.fact("by_path", infobase.path, dll) == {
            "of another class": "80040111",
            "aggregated": "80040110",
            "version": version,
        }
